#![expect(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "tests fail loudly, and python3 makes archives")]

use std::{fs, io::Write as _, path::Path, process::Command};

use flate2::{Compression, write::DeflateEncoder};
use proptest::prelude::*;

use super::*;
use crate::{
    certificate::tests::data,
    encoding::{Found, Object, Password, recognise},
};

/// One entry as it is written by hand: stored or deflated.
fn written(entries: &[(&str, &[u8])], deflated: bool) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    let four = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
    let two = |number: usize| u16::try_from(number).unwrap().to_le_bytes();
    for (name, contents) in entries {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(contents).unwrap();
        let body = if deflated { encoder.finish().unwrap() } else { contents.to_vec() };
        let mut sum = flate2::Crc::new();
        sum.update(contents);
        let shared = [
            &[20, 0, 0, 0, if deflated { 8 } else { 0 }, 0, 0, 0, 0, 0],
            sum.sum().to_le_bytes().as_slice(),
            &four(body.len()),
            &four(contents.len()),
            &two(name.len()),
            &[0, 0],
        ]
        .concat();
        directory.extend([b"PK\x01\x02\x14\x00".as_slice(), &shared, &[0; 10], &four(out.len()), name.as_bytes()].concat());
        out.extend([b"PK\x03\x04".as_slice(), &shared, name.as_bytes(), &body].concat());
    }
    let at = out.len();
    let count = two(entries.len());
    let end = [b"PK\x05\x06".as_slice(), &[0; 4], &count, &count, &four(directory.len()), &four(at), &[0, 0]].concat();
    [out, directory, end].concat()
}

fn told(bytes: &[u8], list: &[&str]) -> Vec<String> {
    let passwords: Vec<Password> = list.iter().map(|text| Password::new((*text).to_owned())).collect();
    let what = |found: &Found| match &found.object {
        Ok(Object::Certificate(_)) => "certificate".to_owned(),
        Ok(Object::PrivateKey(_)) => "key".to_owned(),
        Ok(_) => "other".to_owned(),
        Err(error) => error.to_string(),
    };
    recognise(bytes, &passwords).found.iter().map(|found| format!("{} {}", found.label, what(found))).collect()
}

fn file(path: &str) -> Vec<u8> {
    fs::read(data(path)).unwrap()
}

#[test]
fn archives_of_other_programs_are_read() {
    let folder = std::env::temp_dir().join(format!("chancery-zip-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    for script in [
        // Deflated with a folder, a comment, a name that is no ASCII, and a store in it.
        "z=zipfile.ZipFile('a.zip','w',zipfile.ZIP_DEFLATED);z.comment=b'PK\\x05\\x06 comment';z.writestr('folder/','')\nz.write(d+'/easyrsa/ca.crt','folder/ca \u{e4}.crt');z.write(d+'/keystores/java.jks','store');z.writestr('readme.txt','nothing');z.close()",
        // As a stream, with lengths behind the data.
        "import io\nclass S(io.RawIOBase):\n  def __init__(s): s.f=open('a.zip','wb')\n  def writable(s): return True\n  def write(s,b): return s.f.write(b)\n  def flush(s): s.f.flush()\ns=S();z=zipfile.ZipFile(s,'w',zipfile.ZIP_DEFLATED);z.write(d+'/easyrsa/ca.crt','folder/ca \u{e4}.crt');z.write(d+'/keystores/java.jks','store');z.close();s.f.close()",
        // In the form of large archives.
        "z=zipfile.ZipFile('a.zip','w',zipfile.ZIP_STORED)\nfor p,n in ((d+'/easyrsa/ca.crt','folder/ca \u{e4}.crt'),(d+'/keystores/java.jks','store')):\n  f=z.open(n,'w',force_zip64=True);f.write(open(p,'rb').read());f.close()\nz.close()",
    ] {
        let script = format!("import zipfile,sys\nd=sys.argv[1]\n{script}");
        let made = Command::new("python3").args(["-c", &script]).arg(data("")).current_dir(&folder).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let bytes = fs::read(Path::new(&folder).join("a.zip")).unwrap();
        let told = told(&bytes, &["changeit"]);
        assert_eq!(told.first().unwrap(), "folder/ca ä.crt: PEM block 1 certificate");
        assert_eq!(told.get(1..3).unwrap(), ["store: www key", "store: www, certificate 1 certificate"]);
    }
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn an_archive_in_an_archive_is_read_and_no_deeper() {
    let inner = written(&[("ca.crt", &file("easyrsa/ca.crt"))], true);
    let middle = written(&[("inner.zip", &inner), ("ca.crt", &file("easyrsa/ca.crt"))], false);
    let outer = written(&[("middle.zip", &middle)], true);
    assert_eq!(told(&middle, &[]), ["inner.zip: ca.crt: PEM block 1 certificate", "ca.crt: PEM block 1 certificate"]);
    assert_eq!(
        told(&outer, &[]),
        [
            "middle.zip: inner.zip: archive an archive with 3 archives inside each other, 2 at most",
            "middle.zip: ca.crt: PEM block 1 certificate"
        ]
    );
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_read() {
    let certificate = file("easyrsa/ca.crt");
    let whole = written(&[("a.crt", &certificate), ("b.crt", &certificate)], true);
    let second = "b.crt: PEM block 1 certificate";
    let places: Vec<usize> = (0..whole.len()).filter(|at| whole.get(*at..).unwrap().starts_with(b"PK\x01\x02")).collect();
    let first = *places.first().unwrap();
    for (at, value, expected) in [
        (first + 8, 1, "a.crt: file an encrypted ZIP entry is not supported"),
        (first + 10, 12, "a.crt: file ZIP compression 12 is not supported"),
        (0, 0, ""),
        (first + 42, 3, "a.crt: file not a readable ZIP entry: its own header cannot be read"),
    ] {
        let mut altered = whole.clone();
        *altered.get_mut(at).unwrap() = value;
        if at == 0 {
            continue;
        }
        assert_eq!(told(&altered, &[]), [expected, second]);
    }
    let mut sum = whole.clone();
    *sum.get_mut(first + 16).unwrap() ^= 1;
    assert_eq!(
        told(&sum, &[]),
        ["a.crt: PEM block 1 certificate", "a.crt: file not a readable ZIP entry: its length or checksum is another", second]
    );
    let mut body = whole.clone();
    body.get_mut(50..60).unwrap().fill(0xff);
    assert_eq!(told(&body, &[]), ["a.crt: file not a readable ZIP entry: it cannot be inflated", second]);
    assert_eq!(told(whole.get(..whole.len() - 1).unwrap(), &[]), ["archive the file ends 1 octets early"]);
    assert_eq!(told(&written(&[], true), &[]), Vec::<String>::new());
}

#[test]
fn bombs_are_refused_with_the_limit() {
    let zeros = vec![0; 80 << 20];
    let bomb = written(&[("a", &zeros), ("ca.crt", &file("easyrsa/ca.crt"))], true);
    assert!(bomb.len() < 200_000);
    assert_eq!(
        told(&bomb, &[]),
        ["a: file an archive with 201 octets for each compressed one, 200 at most", "ca.crt: PEM block 1 certificate"]
    );
    let mut many = written(&[], true);
    // As many entries as the form for large archives can state.
    let large =
        [b"PK\x06\x06".as_slice(), &44_u64.to_le_bytes(), &[0; 12], &u64::MAX.to_le_bytes(), &u64::MAX.to_le_bytes(), &[0; 16]].concat();
    let locator = [b"PK\x06\x07".as_slice(), &[0; 4], &4_u64.to_le_bytes(), &[1, 0, 0, 0]].concat();
    many = [b"PK\x03\x04".as_slice(), &large, &locator, &many].concat();
    assert_eq!(told(&many, &[]), [format!("archive an archive with {} entries, {MOST_ENTRIES} at most", u64::MAX)]);
}

#[test]
fn entries_that_overlap_are_refused() {
    let certificate = file("easyrsa/ca.crt");
    let mut bytes = written(&[("a.crt", &certificate), ("b.crt", &certificate)], false);
    let second = bytes.windows(4).rposition(|octets| octets == b"PK\x01\x02").unwrap();
    // The second says that it is as long as both together.
    let both = u32::try_from(2 * certificate.len()).unwrap().to_le_bytes();
    bytes.get_mut(second + 20..second + 24).unwrap().copy_from_slice(&both);
    assert_eq!(told(&bytes, &[]), ["archive not a readable ZIP archive: its entries overlap"]);
}

#[test]
fn all_entries_together_have_a_limit() {
    let certificate = file("easyrsa/ca.crt");
    let bytes = written(&[("a.crt", &certificate), ("b.crt", &certificate), ("c.crt", &certificate)], true);
    let mut found = Vec::new();
    let mut visit = |item: Found| {
        found.push(format!("{} {}", item.label, item.object.map_or_else(|error| error.code(), |_| "")));
        ControlFlow::Continue(())
    };
    let mut taking = Taking { visit: &mut visit, passwords: &[], within: String::new(), seen: super::super::Seen::default() };
    let most = u64::try_from(certificate.len()).unwrap() * 3 / 2;
    let mut budget = Budget { inflated: most, ..Budget::default() };
    read(&mut Cursor::new(bytes.as_slice()), &mut taking, &mut budget).unwrap();
    assert_eq!(found, ["a.crt: PEM block 1 ", "b.crt: file archive_limit"]);
}

proptest! {
    #[test]
    fn altered_archives_are_survived(at in any::<prop::sample::Index>(), octet in any::<u8>(), deflated in any::<bool>()) {
        let mut bytes = written(&[("a.crt", &file("easyrsa/ca.crt")), ("k", &file("keystores/ed25519.pem"))], deflated);
        let at = at.index(bytes.len());
        *bytes.get_mut(at).unwrap() = octet;
        let _ = recognise(&bytes, &[]);
    }

    #[test]
    fn any_octets_are_survived(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = recognise(&[b"PK\x03\x04".as_slice(), &octets].concat(), &[]);
        let _ = recognise(&[b"PK\x03\x04".as_slice(), &octets, b"PK\x05\x06", &[0; 18]].concat(), &[]);
    }
}
