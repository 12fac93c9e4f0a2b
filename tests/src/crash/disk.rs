//! A disk that keeps what was synced, and of the rest what it likes.
//!
//! A file's octets last from its own sync on, a name from the sync of its folder. What was written since may be there or not, whole or in sectors, in any
//! order: that is what POSIX leaves open, and more than most file systems make use of.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::trace::Event;

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

/// What becomes of what was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It lasts all the same, as after a kill.
    Kept,
    /// It is gone.
    Dropped,
    /// Each change lasts or is gone, whatever came before or after it.
    Reordered,
    /// Each sector of each change lasts or is gone; for names the same as reordered.
    Torn,
}

/// What a power cut takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loss {
    /// Of the octets in files.
    pub octets: Fate,
    /// Of names: made, changed, removed.
    pub names: Fate,
    /// Which of many possibilities.
    pub seed: u64,
}

/// Whose syncs are made. Tests of the test leave some out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syncs {
    /// All.
    All,
    /// Those of the write-ahead log are left out, as with `synchronous=NORMAL`.
    NotOfTheLog,
    /// Those of folders are left out.
    NotOfFolders,
    /// Those of files that are about to get their name are left out.
    NotOfNewFiles,
}

#[derive(Debug, Clone)]
enum Change {
    Write { at: usize, octets: Vec<u8> },
    Cut { length: usize },
}

#[derive(Debug)]
enum Node {
    File { synced: Vec<u8>, pending: Vec<Change>, length: usize, mode: u32 },
    Folder { synced: BTreeMap<String, usize> },
}

type Place = (usize, String);

/// A change of names that a file system makes at once.
#[derive(Debug)]
struct Naming {
    taken: Option<Place>,
    given: Option<(Place, usize)>,
}

/// A folder and what its files hold after the power came back.
#[derive(Debug, Default, Hash)]
pub(super) struct Tree {
    folders: Vec<PathBuf>,
    files: Vec<(PathBuf, Vec<u8>, u32)>,
}

impl Tree {
    /// Writes all of it into an empty folder.
    pub(super) fn write(&self, to: &Path) {
        for folder in &self.folders {
            fs::create_dir_all(to.join(folder)).expect("a folder");
        }
        for (path, octets, mode) in &self.files {
            let mut file = fs::File::options().write(true).create_new(true).mode(*mode).open(to.join(path)).expect("a file");
            std::io::Write::write_all(&mut file, octets).expect("written");
        }
    }

    /// Tells two of them apart.
    pub(super) fn mark(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }
}

/// The disk beneath one folder.
#[derive(Debug)]
pub(super) struct Disk {
    nodes: Vec<Node>,
    live: BTreeMap<Place, usize>,
    pending: Vec<Naming>,
    open: HashMap<i64, (usize, usize)>,
    syncs: Syncs,
}

impl Disk {
    /// A disk on which a folder lies, all of it synced.
    pub(super) fn of(folder: &Path, syncs: Syncs) -> Self {
        let mut disk = Self { nodes: Vec::new(), live: BTreeMap::new(), pending: Vec::new(), open: HashMap::new(), syncs };
        disk.take(folder);
        disk
    }

    fn take(&mut self, path: &Path) -> usize {
        let (node, about) = (self.nodes.len(), path.metadata().expect("a file"));
        if !about.is_dir() {
            let synced = fs::read(path).expect("a file");
            let (length, mode) = (synced.len(), about.permissions().mode() & 0o777);
            self.nodes.push(Node::File { synced, pending: Vec::new(), length, mode });
            return node;
        }
        self.nodes.push(Node::Folder { synced: BTreeMap::new() });
        let mut names = BTreeMap::new();
        for entry in fs::read_dir(path).expect("a folder").map(|entry| entry.expect("an entry")) {
            let name = entry.file_name().into_string().expect("UTF-8");
            let inner = self.take(&entry.path());
            self.live.insert((node, name.clone()), inner);
            names.insert(name, inner);
        }
        self.nodes[node] = Node::Folder { synced: names };
        node
    }

    /// The folder and the name that a path means.
    fn place(&self, path: &Path) -> Place {
        let names: Vec<String> = path.iter().map(|name| name.to_str().expect("UTF-8").to_owned()).collect();
        let (last, above) = names.split_last().expect("a name");
        let folder = above.iter().fold(0, |folder, name| self.live[&(folder, name.clone())]);
        (folder, last.clone())
    }

    fn found(&self, path: &Path) -> Option<usize> {
        if path.as_os_str().is_empty() { Some(0) } else { self.live.get(&self.place(path)).copied() }
    }

    fn name(&mut self, taken: Option<Place>, given: Option<(Place, usize)>) {
        if let Some(place) = &taken {
            self.live.remove(place);
        }
        if let Some((place, node)) = &given {
            self.live.insert(place.clone(), *node);
        }
        self.pending.push(Naming { taken, given });
    }

    fn change(&mut self, node: usize, change: Change) {
        let Node::File { pending, length, .. } = &mut self.nodes[node] else { panic!("a folder is written to") };
        *length = match &change {
            Change::Write { at, octets } => (*length).max(at + octets.len()),
            Change::Cut { length } => *length,
        };
        pending.push(change);
    }

    /// Makes a change.
    pub(super) fn apply(&mut self, event: &Event) {
        match event {
            Event::Opened { file, path, made, emptied, appends, mode } => {
                let node = self.found(path).unwrap_or_else(|| {
                    assert!(made, "{} is opened and was never made", path.display());
                    let node = self.nodes.len();
                    self.nodes.push(Node::File { synced: Vec::new(), pending: Vec::new(), length: 0, mode: mode & 0o755 });
                    self.name(None, Some((self.place(path), node)));
                    node
                });
                if *emptied {
                    self.change(node, Change::Cut { length: 0 });
                }
                let at = if let (true, Node::File { length, .. }) = (appends, &self.nodes[node]) { *length } else { 0 };
                self.open.insert(*file, (node, at));
            }
            Event::Wrote { file, at, octets } => {
                let (node, next) = self.open[file];
                let at = at.unwrap_or_else(|| {
                    self.open.insert(*file, (node, next + octets.len()));
                    next
                });
                self.change(node, Change::Write { at, octets: octets.clone() });
            }
            Event::Sought { file, at } => {
                let node = self.open[file].0;
                self.open.insert(*file, (node, *at));
            }
            Event::Cut { file, length } => self.change(self.open[file].0, Change::Cut { length: *length }),
            Event::Synced { file } => self.sync(self.open[file].0),
            Event::AllSynced => (0..self.nodes.len()).for_each(|node| self.sync(node)),
            Event::Renamed { from, to } => {
                let (from, to) = (self.place(from), self.place(to));
                let node = self.live[&from];
                self.name(Some(from), Some((to, node)));
            }
            Event::Linked { from, to } => {
                let node = self.live[&self.place(from)];
                self.name(None, Some((self.place(to), node)));
            }
            Event::Removed { path } => self.name(Some(self.place(path)), None),
            Event::Folder { path } => {
                let (node, place) = (self.nodes.len(), self.place(path));
                self.nodes.push(Node::Folder { synced: BTreeMap::new() });
                self.name(None, Some((place, node)));
            }
            Event::Said { .. } => {}
        }
    }

    /// The present name of a file, for the tests of the test.
    fn name_of(&self, node: usize) -> &str {
        self.live.iter().find(|(_, found)| **found == node).map_or("", |((_, name), _)| name)
    }

    fn sync(&mut self, node: usize) {
        let name = self.name_of(node);
        let made = match self.syncs {
            Syncs::All => true,
            Syncs::NotOfTheLog => !name.ends_with("-wal"),
            Syncs::NotOfFolders => matches!(self.nodes[node], Node::File { .. }),
            Syncs::NotOfNewFiles => !name.starts_with('.'),
        };
        if !made {
            return;
        }
        if let Node::File { synced, pending, .. } = &mut self.nodes[node] {
            pending.drain(..).for_each(|change| write(synced, &change, |_| true));
            return;
        }
        let touches = |naming: &Naming| {
            naming.taken.as_ref().is_some_and(|place| place.0 == node) || naming.given.as_ref().is_some_and(|(place, _)| place.0 == node)
        };
        let (synced, pending) = std::mem::take(&mut self.pending).into_iter().partition::<Vec<_>, _>(touches);
        self.pending = pending;
        for naming in synced {
            let mut folders = self.folders();
            rename(&mut folders, &naming);
            for (folder, names) in folders {
                self.nodes[folder] = Node::Folder { synced: names };
            }
        }
    }

    fn folders(&self) -> HashMap<usize, BTreeMap<String, usize>> {
        let folder = |(node, what): (usize, &Node)| if let Node::Folder { synced } = what { Some((node, synced.clone())) } else { None };
        self.nodes.iter().enumerate().filter_map(folder).collect()
    }

    /// Whether a power cut could take anything.
    pub(super) fn has_unsynced(&self) -> bool {
        !self.pending.is_empty() || self.nodes.iter().any(|node| matches!(node, Node::File { pending, .. } if !pending.is_empty()))
    }

    /// What is there after a power cut at this moment.
    pub(super) fn after(&self, loss: Loss) -> Tree {
        let mut chance = Chance(loss.seed);
        let mut folders = self.folders();
        for naming in &self.pending {
            if chance.keeps(loss.names) {
                rename(&mut folders, naming);
            }
        }
        let mut tree = Tree::default();
        self.gather(0, Path::new(""), &folders, loss, &mut chance, &mut tree);
        tree
    }

    fn gather(
        &self,
        node: usize,
        path: &Path,
        folders: &HashMap<usize, BTreeMap<String, usize>>,
        loss: Loss,
        chance: &mut Chance,
        tree: &mut Tree,
    ) {
        match &self.nodes[node] {
            Node::Folder { .. } => {
                tree.folders.push(path.to_owned());
                for (name, inner) in &folders[&node] {
                    self.gather(*inner, &path.join(name), folders, loss, chance, tree);
                }
            }
            Node::File { synced, pending, mode, .. } => {
                let mut octets = synced.clone();
                for change in pending {
                    let whole = loss.octets != Fate::Torn || chance.coin();
                    if loss.octets == Fate::Torn && !whole {
                        write(&mut octets, change, |_| chance.coin());
                    } else if chance.keeps(loss.octets) {
                        write(&mut octets, change, |_| true);
                    }
                }
                tree.files.push((path.to_owned(), octets, *mode));
            }
        }
    }
}

fn rename(folders: &mut HashMap<usize, BTreeMap<String, usize>>, naming: &Naming) {
    if let Some((folder, name)) = &naming.taken {
        folders.get_mut(folder).expect("a folder").remove(name);
    }
    if let Some(((folder, name), node)) = &naming.given {
        folders.get_mut(folder).expect("a folder").insert(name.clone(), *node);
    }
}

/// Makes a change, or those sectors of it that last.
fn write(to: &mut Vec<u8>, change: &Change, mut lasts: impl FnMut(usize) -> bool) {
    match change {
        Change::Cut { length } if lasts(0) => to.resize(*length, 0),
        Change::Cut { .. } => {}
        Change::Write { at, octets } => {
            let (mut from, end) = (*at, at + octets.len());
            while from < end {
                let until = end.min((from / SECTOR + 1) * SECTOR);
                if lasts(from) {
                    to.resize(to.len().max(until), 0);
                    to[from..until].copy_from_slice(&octets[from - at..until - at]);
                }
                from = until;
            }
        }
    }
}

/// A sequence that looks random and is the same for the same seed (SplitMix64).
struct Chance(u64);

impl Chance {
    fn coin(&mut self) -> bool {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) & 1 == 1
    }

    fn keeps(&mut self, fate: Fate) -> bool {
        match fate {
            Fate::Kept => true,
            Fate::Dropped => false,
            Fate::Reordered | Fate::Torn => self.coin(),
        }
    }
}
