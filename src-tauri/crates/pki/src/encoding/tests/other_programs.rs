//! Keys, stores and bundles in every form that OpenSSL, GnuTLS, NSS and Java write them in.

use std::path::PathBuf;

use super::*;

/// A folder in which other programs work; gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("chancery-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let folder = Self(folder);
        for path in [
            "easyrsa/ca.crt",
            "easyrsa/crl.pem",
            "easyrsa/issued/alice.crt",
            "easyrsa/issued/carol.crt",
            "easyrsa/private/alice.key",
            "easyrsa/private/carol.key",
        ] {
            fs::copy(data(path), folder.0.join(Path::new(path).file_name().unwrap())).unwrap();
        }
        folder
    }

    fn run(&self, program: &str, arguments: &str) {
        let words: Vec<&str> = arguments.split(' ').map(|word| if word == "''" { "" } else { word }).collect();
        let done = Command::new(program).args(&words).current_dir(&self.0).env("GNUTLS_PIN", "changeit").output().unwrap();
        assert!(
            done.status.success(),
            "{program} {arguments}: {}{}",
            String::from_utf8_lossy(&done.stdout),
            String::from_utf8_lossy(&done.stderr)
        );
    }

    fn openssl(&self, arguments: &str) {
        self.run("openssl", arguments);
    }

    fn read(&self, name: &str, list: &[&str]) -> Recognised {
        recognise(&fs::read(self.0.join(name)).unwrap(), &passwords(list))
    }

    /// Certificates, lists and keys, none of them broken.
    fn counted(&self, name: &str, list: &[&str], what: &str) -> (usize, usize, usize) {
        let read = self.read(name, list);
        let (certificates, _, lists, keys, errors) = counted(&read);
        assert!(errors.is_empty(), "{what}: {:?}", read.found);
        (certificates, lists, keys)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const LEGACY: &str = "-provider legacy -provider default";

#[test]
fn keys_in_pkcs8_open() {
    let folder = Folder::new("pkcs8");
    let expected = certificate("easyrsa/issued/alice.crt").public_key().clone();
    let schemes = [
        "PBE-MD5-DES",
        "PBE-SHA1-DES",
        "PBE-MD5-RC2-64",
        "PBE-SHA1-RC2-64",
        "PBE-SHA1-3DES",
        "PBE-SHA1-2DES",
        "PBE-SHA1-RC2-40",
        "PBE-SHA1-RC2-128",
    ];
    let first = schemes.iter().map(|scheme| format!("-v1 {scheme}"));
    let ciphers = ["aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "des-ede3-cbc"].iter().map(|cipher| format!("-v2 {cipher}"));
    let functions = [
        "hmacWithSHA1",
        "hmacWithSHA224",
        "hmacWithSHA256",
        "hmacWithSHA384",
        "hmacWithSHA512",
        "hmacWithSHA512-224",
        "hmacWithSHA512-256",
    ];
    let functions = functions.iter().map(|function| format!("-v2 aes-256-cbc -v2prf {function}"));
    for form in first.chain(ciphers).chain(functions).chain(["-scrypt".to_owned(), "-v2 des-ede3-cbc -iter 100000".to_owned()]) {
        for (outform, file) in [("PEM", "k.pem"), ("DER", "k.der")] {
            folder.openssl(&format!("pkcs8 -topk8 -in alice.key {form} -passout pass:changeit {LEGACY} -outform {outform} -out {file}"));
            let opened = folder.read(file, &["wrong", "changeit"]);
            assert!(counted(&opened).4.is_empty(), "{form}: {:?}", opened.found);
            assert_eq!(key(&opened).public_key(), &expected, "{form}");
            assert_eq!(counted(&folder.read(file, &["wrong"])).4, ["wrong_password"], "{form}");
        }
    }
}

#[test]
fn traditional_keys_open() {
    let folder = Folder::new("traditional");
    for cipher in ["-des", "-des3", "-aes128", "-aes192", "-aes256"] {
        folder.openssl(&format!("rsa -in alice.key -traditional {cipher} -passout pass:changeit {LEGACY} -out k.pem"));
        assert_eq!(folder.counted("k.pem", &["x", "changeit"], cipher), (0, 0, 1));
    }
    folder.openssl("rsa -in alice.key -traditional -camellia256 -passout pass:changeit -out k.pem");
    assert_eq!(counted(&folder.read("k.pem", &["changeit"])).4, ["unsupported"]);
    folder.openssl("rsa -in alice.key -traditional -outform DER -out k.der");
    assert_eq!(folder.counted("k.der", &[], "PKCS#1"), (0, 0, 1));
    folder.openssl("ecparam -name secp384r1 -genkey -out ec.pem");
    assert_eq!(folder.counted("ec.pem", &[], "SEC 1 with parameters before it"), (0, 0, 1));
    folder.openssl("ec -in ec.pem -outform DER -out ec.der");
    assert_eq!(folder.counted("ec.der", &[], "SEC 1"), (0, 0, 1));
}

#[test]
fn stores_of_openssl_open() {
    let folder = Folder::new("p12-openssl");
    for (form, password) in [
        ("-passout pass:changeit", "changeit"),
        ("-legacy -passout pass:changeit", "changeit"),
        ("-legacy -descert -passout pass:changeit", "changeit"),
        ("-passout pass:pässwörd🔑", "pässwörd🔑"),
        ("-passout pass:", ""),
        ("-nomac -passout pass:changeit", "changeit"),
        ("-certpbe NONE -passout pass:changeit", "changeit"),
        ("-certpbe NONE -keypbe NONE -nomac -passout pass:", ""),
        ("-keypbe AES-128-CBC -certpbe AES-192-CBC -macalg SHA512 -passout pass:changeit", "changeit"),
        ("-iter 100000 -passout pass:changeit", "changeit"),
    ] {
        folder.openssl(&format!("pkcs12 -export -inkey alice.key -in alice.crt -certfile ca.crt -name alice {form} {LEGACY} -out s.p12"));
        assert_eq!(folder.counted("s.p12", &["wrong", password], form), (2, 0, 1));
        if !password.is_empty() {
            assert_eq!(counted(&folder.read("s.p12", &["wrong"])).4, ["wrong_password"], "{form}");
        }
    }
}

#[test]
fn stores_of_gnutls_open() {
    let folder = Folder::new("p12-gnutls");
    for cipher in ["3des-pkcs12", "rc2-40", "3des", "aes-128", "aes-192", "aes-256"] {
        folder.run("certtool", &format!("--to-p12 --load-privkey alice.key --load-certificate alice.crt --load-ca-certificate ca.crt --p12-name alice --password changeit --pkcs-cipher {cipher} --outder --outfile s.p12"));
        assert_eq!(folder.counted("s.p12", &["changeit"], cipher), (2, 0, 1));
        folder.run("certtool", &format!("--to-p8 --load-privkey alice.key --password changeit --pkcs-cipher {cipher} --outfile k.pem"));
        assert_eq!(folder.counted("k.pem", &["changeit"], cipher), (0, 0, 1));
    }
    folder.run(
        "certtool",
        "--to-p12 --load-privkey alice.key --load-certificate alice.crt --p12-name alice --password changeit --outfile s.pem",
    );
    assert_eq!(folder.counted("s.pem", &["changeit"], "PEM"), (1, 0, 1));
    folder.run("certtool", "--p7-generate --load-certificate alice.crt --outfile p7.pem");
    assert_eq!(folder.counted("p7.pem", &[], "PKCS#7"), (1, 0, 0));
}

#[test]
fn stores_of_nss_and_java_open() {
    let folder = Folder::new("p12-nss");
    folder.openssl("pkcs12 -export -inkey alice.key -in alice.crt -certfile ca.crt -name alice -passout pass:changeit -out a.p12");
    folder.openssl("pkcs12 -export -inkey carol.key -in carol.crt -certfile ca.crt -name carol -passout pass:changeit -out c.p12");
    fs::create_dir(folder.0.join("db")).unwrap();
    folder.run("certutil", "-N -d sql:db --empty-password");
    folder.run("pk12util", "-i a.p12 -d sql:db -W changeit -K ''");
    // NSS writes BER, and a certificate for each of the chain.
    for cipher in ["", " -c AES-256-CBC -C AES-128-CBC"] {
        folder.run("pk12util", &format!("-o n.p12 -n alice -d sql:db -W changeit -K ''{cipher}"));
        assert_eq!(folder.counted("n.p12", &["changeit"], cipher), (2, 0, 1));
    }
    for name in ["a", "c"] {
        folder.run("keytool", &format!("-importkeystore -noprompt -srckeystore {name}.p12 -srcstorepass changeit -destkeystore j.p12 -deststoretype pkcs12 -deststorepass changeit"));
    }
    folder.run("keytool", "-importcert -noprompt -alias root -file ca.crt -keystore j.p12 -storepass changeit");
    folder.run("keytool", "-genseckey -keyalg AES -keysize 128 -alias secret -keystore j.p12 -storepass changeit");
    let read = folder.read("j.p12", &["changeit"]);
    // Two chains of two, a trusted root, and a secret key, which is none of ours.
    let (certificates, _, _, keys, errors) = counted(&read);
    assert_eq!((certificates, keys, errors), (5, 2, vec!["unsupported"]), "{:?}", read.found);
}

#[test]
fn bundles_of_openssl_open() {
    let folder = Folder::new("pkcs7");
    for (outform, file) in [("PEM", "b.pem"), ("DER", "b.der")] {
        folder.openssl(&format!("crl2pkcs7 -in crl.pem -certfile alice.crt -certfile ca.crt -outform {outform} -out {file}"));
        assert_eq!(folder.counted(file, &[], outform), (2, 1, 0));
        // A signed message as it streams: indefinite lengths, the certificates among it.
        folder.openssl(&format!(
            "cms -sign -signer alice.crt -inkey alice.key -certfile ca.crt -in ca.crt -nodetach -stream -outform {outform} -out {file}"
        ));
        assert_eq!(folder.counted(file, &[], outform), (2, 0, 0));
    }
    let der = fs::read(folder.0.join("b.der")).unwrap();
    assert_eq!(der[..2], [0x30, 0x80]);
    // Nested as deep as is followed, and deeper.
    for (levels, code) in [(20_usize, ""), (100_000, "malformed")] {
        let head = [0x30, 0x80, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
        let read = recognise(&[head.as_slice(), &[0xa0, 0x80].repeat(levels), &[0; 2].repeat(levels + 1)].concat(), &[]);
        let codes = counted(&read).4;
        assert!(
            codes == ["malformed"] && (code.is_empty() || read.found[0].object.as_ref().unwrap_err().to_string().contains("deep")),
            "{codes:?}"
        );
    }
}
