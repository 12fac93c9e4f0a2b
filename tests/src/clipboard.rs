//! A clipboard in memory.

use std::sync::{Arc, Mutex};

use api::{Clipboard, ClipboardError};
use zeroize::Zeroizing;

/// What is on it, and whether it does what it is asked.
#[derive(Clone, Default)]
pub struct MemoryClipboard(Arc<Mutex<(String, bool)>>);

impl MemoryClipboard {
    /// What is on it.
    pub fn text(&self) -> String {
        self.0.lock().expect("whole").0.clone()
    }

    /// Somebody copies something else.
    pub fn set(&self, text: &str) {
        // Not into the old one's memory: what was there is freed, and so wiped where what is freed is wiped.
        self.0.lock().expect("whole").0 = text.to_owned();
    }

    /// From now on it refuses everything, or nothing.
    pub fn break_down(&self, broken: bool) {
        self.0.lock().expect("whole").1 = broken;
    }

    fn usable(&self) -> Result<(), ClipboardError> {
        if self.0.lock().expect("whole").1 { Err(ClipboardError { cause: "broken".to_owned() }) } else { Ok(()) }
    }
}

impl Clipboard for MemoryClipboard {
    fn put(&self, text: &str) -> Result<(), ClipboardError> {
        self.usable().map(|()| self.set(text))
    }

    fn text(&self) -> Result<Option<Zeroizing<String>>, ClipboardError> {
        self.usable()?;
        let text = self.text();
        Ok((!text.is_empty()).then(|| Zeroizing::new(text)))
    }

    fn clear(&self) -> Result<(), ClipboardError> {
        self.usable().map(|()| self.set(""))
    }
}
