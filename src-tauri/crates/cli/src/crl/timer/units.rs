//! The two units as text (systemd.service(5), systemd.timer(5)).

use std::path::{Path, PathBuf};

/// A path that no unit can name.
#[derive(Debug)]
pub(super) struct UnspeakablePath(pub(super) PathBuf);

/// The units of one registry.
#[derive(Debug)]
pub(super) struct Units {
    name: String,
    program: String,
    registry: String,
    passphrase_file: Option<String>,
    on_share: bool,
}

impl Units {
    pub(super) fn of(program: &Path, registry: &Path, passphrase_file: Option<&Path>, on_share: bool) -> Result<Self, UnspeakablePath> {
        let speakable = |path: &Path| match path.to_str() {
            Some(text) if !text.contains(char::is_control) => Ok(text.to_owned()),
            _ => Err(UnspeakablePath(path.to_owned())),
        };
        // In the program's path `$` means nothing to systemd, nor does `$$` (systemd.service(5), "Command lines"); some versions expand it all the same.
        if program.to_string_lossy().contains('$') {
            return Err(UnspeakablePath(program.to_owned()));
        }
        let registry = speakable(registry)?;
        let stem = Path::new(&registry).file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
        let plain: String = stem.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).take(40).collect();
        Ok(Self {
            // Two registries of one name in two folders have a timer each.
            name: format!("chancery-crl-{plain}-{:016x}", fnv1a(registry.as_bytes())),
            program: speakable(program)?,
            passphrase_file: passphrase_file.map(speakable).transpose()?,
            on_share,
            registry,
        })
    }

    pub(super) fn timer_name(&self) -> String {
        format!("{}.timer", self.name)
    }

    /// Names and texts.
    pub(super) fn files(&self) -> [(String, String); 2] {
        [(format!("{}.service", self.name), self.service()), (self.timer_name(), self.timer())]
    }

    fn arguments(&self) -> Vec<&str> {
        let mut arguments = vec![self.program.as_str(), "--registry", &self.registry];
        if let Some(file) = &self.passphrase_file {
            arguments.extend(["--passphrase-file", file]);
        }
        // Who agreed to write on a share agreed for what runs there, too.
        arguments.extend(self.on_share.then_some("--on-share"));
        arguments.extend(["crl", "run"]);
        arguments
    }

    /// For cron, whose lines a shell reads; `%` would end the line (crontab(5)).
    pub(super) fn cron_command(&self) -> String {
        let quoted = |word: &&str| {
            if word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte)) {
                (*word).to_owned()
            } else {
                format!("'{}'", word.replace('\'', r"'\''").replace('%', r"\%"))
            }
        };
        self.arguments().iter().map(quoted).collect::<Vec<_>>().join(" ")
    }

    fn service(&self) -> String {
        let command: Vec<_> = self.arguments().into_iter().map(quoted).collect();
        format!(
            "# Made by `chancery crl timer install`; `chancery crl timer remove` takes it away.\n\
            [Unit]\n\
            Description=Builds the CRLs of {} that are due\n\
            \n\
            [Service]\n\
            Type=oneshot\n\
            ExecStart={}\n\
            TimeoutStartSec=15min\n",
            self.registry.replace('%', "%%"),
            command.join(" ")
        )
    }

    fn timer(&self) -> String {
        format!(
            "# Made by `chancery crl timer install`; `chancery crl timer remove` takes it away.\n\
            [Unit]\n\
            Description=Looks every quarter of an hour which CRLs of {} are due\n\
            \n\
            [Timer]\n\
            OnStartupSec=1min\n\
            OnCalendar=*:0/15\n\
            OnClockChange=true\n\
            Persistent=true\n\
            RandomizedDelaySec=1min\n\
            \n\
            [Install]\n\
            WantedBy=timers.target\n",
            self.registry.replace('%', "%%")
        )
    }
}

/// One word of ExecStart: in quotes, with what means something to systemd made plain (systemd.service(5), "Command lines"; specifiers in systemd.unit(5)).
fn quoted(word: &str) -> String {
    let mut text = String::from("\"");
    for letter in word.chars() {
        match letter {
            '"' | '\\' => text.extend(['\\', letter]),
            '%' | '$' => text.extend([letter, letter]),
            _ => text.push(letter),
        }
    }
    text.push('"');
    text
}

/// FNV-1a, 64 bits: a name that stays the same from version to version, nothing that must resist anybody.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]

    use super::*;

    #[test]
    fn the_units_are_these() {
        let units = Units::of(
            Path::new("/usr/bin/chancery"),
            Path::new("/srv/ca/Team A.chancery"),
            Some(Path::new("/home/ann/100% \"mine\"/$pass\\word")),
            false,
        )
        .unwrap();
        assert_eq!(units.timer_name(), "chancery-crl-team-a-4c0fde75bf1bb672.timer");
        let [(service_name, service), (timer_name, timer)] = units.files();
        assert_eq!((service_name.as_str(), timer_name), ("chancery-crl-team-a-4c0fde75bf1bb672.service", units.timer_name()));
        assert_eq!(
            service,
            r#"# Made by `chancery crl timer install`; `chancery crl timer remove` takes it away.
[Unit]
Description=Builds the CRLs of /srv/ca/Team A.chancery that are due

[Service]
Type=oneshot
ExecStart="/usr/bin/chancery" "--registry" "/srv/ca/Team A.chancery" "--passphrase-file" "/home/ann/100%% \"mine\"/$$pass\\word" "crl" "run"
TimeoutStartSec=15min
"#
        );
        assert_eq!(
            timer,
            "# Made by `chancery crl timer install`; `chancery crl timer remove` takes it away.
[Unit]
Description=Looks every quarter of an hour which CRLs of /srv/ca/Team A.chancery are due

[Timer]
OnStartupSec=1min
OnCalendar=*:0/15
OnClockChange=true
Persistent=true
RandomizedDelaySec=1min

[Install]
WantedBy=timers.target
"
        );
    }

    #[test]
    fn a_timer_for_each_registry_and_none_for_a_path_that_would_break_out() {
        let name = |path: &str| Units::of(Path::new("/chancery"), Path::new(path), None, false).unwrap().timer_name();
        assert_ne!(name("/a/team.chancery"), name("/b/team.chancery"));
        assert!(Units::of(Path::new("/chancery"), Path::new("/a\nExecStart=/bin/sh"), None, false).is_err());
        assert!(Units::of(Path::new("/opt/$new/chancery"), Path::new("/a/team.chancery"), None, false).is_err());
    }

    #[test]
    fn cron_is_told_the_same_command() {
        let units = |on_share| {
            Units::of(Path::new("/usr/bin/chancery"), Path::new("/srv/it's 5%.chancery"), None, on_share).unwrap().cron_command()
        };
        assert_eq!(units(false), r"/usr/bin/chancery --registry '/srv/it'\''s 5\%.chancery' crl run");
        assert_eq!(units(true), r"/usr/bin/chancery --registry '/srv/it'\''s 5\%.chancery' --on-share crl run");
    }
}
