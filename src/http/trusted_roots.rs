//! The certificates that a server's must descend from. Where the system has them in files, these are read here, each
//! file once: its own verifier takes ten times as long to decode them.

use std::collections::{BTreeSet, HashSet};
use std::error::Error as StdError;
use std::fs::{self, Metadata};
use std::io;
use std::path::Path;
use std::sync::Arc;

use reqwest::Certificate;
use reqwest::blocking::ClientBuilder;
use rustls::crypto::ring;
use rustls::{ClientConfig, Error as TlsError, RootCertStore};

use super::pem::{decode_certificate, find_certificates};
use super::variables::{CERT_FILE, NetworkVariables, ROOTS_ARE_FILES};
use crate::error::{Error, Result};
use crate::platform::Platform;

/// Makes the client trust the system's certificates, or those that `variables` name.
///
/// # Errors
/// `ErrorKind::Usage` for an `SSL_CERT_FILE` that cannot be read, `ErrorKind::Unavailable` when no certificate is found.
pub(super) fn trust_roots(
    builder: ClientBuilder,
    variables: &NetworkVariables,
) -> Result<ClientBuilder> {
    if ROOTS_ARE_FILES {
        let roots = load_roots(variables)?;
        return Ok(builder.tls_backend_preconfigured(tls_config(roots)));
    }
    // An empty variable is an unset one.
    let Some(path) = variables.get(CERT_FILE).filter(|path| !path.is_empty()) else {
        return Ok(builder);
    };
    let mut files = CertificateFiles::default();
    files.read_named_file(path)?;
    let certificates: Result<Vec<_>, _> =
        files.decode().map(|der| Certificate::from_der(&der)).collect();
    Ok(builder.tls_certs_merge(certificates.map_err(|error| setup_error(variables, &error))?))
}

/// `cause` is nearly always that there are no CA certificates, as in a slim container.
pub(super) fn setup_error(variables: &NetworkVariables, cause: &(dyn StdError + 'static)) -> Error {
    let trusted = variables
        .trusted_instead()
        .map(|(name, value)| format!("only the certificates in {name} are trusted: {value}"));
    Error::unavailable("cannot set up TLS")
        .cause(cause)
        .with_details(trusted)
        .hint(roots_hint(Platform::HERE))
}

fn roots_hint(platform: Platform) -> &'static str {
    match platform {
        Platform::Unix => {
            "install the system's CA certificates (Debian: ca-certificates) or set SSL_CERT_FILE to a PEM file"
        }
        Platform::MacOs => {
            "check the system's root certificates in Keychain Access, or set SSL_CERT_FILE to a PEM file"
        }
        Platform::Windows => {
            "check the trusted root certificates (run `certmgr.msc`), or set SSL_CERT_FILE to a PEM file"
        }
    }
}

/// How a certificate in the other usual encoding, DER, becomes PEM.
fn pem_hint(platform: Platform) -> String {
    let command = match platform {
        Platform::Windows => "certutil -encode FILE.cer FILE.pem",
        Platform::Unix | Platform::MacOs => "openssl x509 -inform der -in FILE.cer -out FILE.pem",
    };
    format!("a .cer or .crt file may be DER; convert it to PEM with `{command}`")
}

/// What reqwest would configure for these roots.
fn tls_config(roots: RootCertStore) -> ClientConfig {
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has cipher suites for every version of TLS")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}

/// The certificates of `SSL_CERT_FILE` and `SSL_CERT_DIR`, or of the system's files where both are unset. Those that
/// cannot be parsed are left out.
fn load_roots(variables: &NetworkVariables) -> Result<RootCertStore> {
    let mut files = CertificateFiles::default();
    let mut is_system = true;
    if let Some(path) = variables.get(CERT_FILE) {
        files.read_named_file(path)?;
        is_system = false;
    }
    for directory in variables.cert_directories() {
        files.read_directory(&directory);
        is_system = false;
    }
    if is_system {
        let known = openssl_probe::probe();
        // As with a directory, the system's files are trusted as far as they can be read.
        let _ = known.cert_file.map(|file| files.read_file(&file));
        known.cert_dir.iter().for_each(|directory| files.read_directory(directory));
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(files.decode().map(Into::into));
    if roots.is_empty() {
        let cause = TlsError::General("No CA certificates were loaded from the system".to_owned());
        return Err(setup_error(variables, &cause));
    }
    Ok(roots)
}

/// Reads certificates, and no file a second time.
#[derive(Default)]
struct CertificateFiles {
    /// In base64: a directory often holds the certificates of a bundle one by one, and each is decoded once.
    certificates: BTreeSet<Vec<u8>>,
    seen: HashSet<(u64, u64)>,
}

impl CertificateFiles {
    /// Reads the file that `SSL_CERT_FILE` names.
    fn read_named_file(&mut self, path: &str) -> Result<()> {
        let message = || format!("cannot read certificates from \"{path}\" ({CERT_FILE})");
        self.read_file(Path::new(path)).map_err(|error| {
            Error::usage(message())
                .cause(&error)
                .hint("correct SSL_CERT_FILE, or unset it to use the system's certificates")
        })?;
        if self.decode().next().is_some() {
            return Ok(());
        }
        Err(Error::usage(message())
            .detail("the file contains no PEM certificate")
            .hint(pem_hint(Platform::HERE)))
    }

    fn read_file(&mut self, path: &Path) -> io::Result<()> {
        self.read_once(path, &fs::metadata(path)?)
    }

    /// Reads the files in `path`, links among them; what cannot be read is left out.
    fn read_directory(&mut self, path: &Path) {
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            let path = entry.path();
            if let Ok(metadata) = fs::metadata(&path)
                && metadata.is_file()
            {
                let _ = self.read_once(&path, &metadata);
            }
        }
    }

    fn read_once(&mut self, path: &Path, metadata: &Metadata) -> io::Result<()> {
        if file_id(metadata).is_none_or(|id| self.seen.insert(id)) {
            self.certificates.extend(find_certificates(&fs::read(path)?));
        }
        Ok(())
    }

    /// The certificates (DER) that are base64.
    fn decode(&self) -> impl Iterator<Item = Vec<u8>> {
        self.certificates.iter().filter_map(|text| decode_certificate(text))
    }
}

/// What links to one file have in common, where the system says.
#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it is not known")]
fn file_id(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn file_id(_: &Metadata) -> Option<(u64, u64)> {
    None
}

#[cfg(test)]
mod tests {
    use std::env;

    use rcgen::{CertificateParams, KeyPair};
    use tempfile::TempDir;

    use super::*;

    fn certificate() -> String {
        let key = KeyPair::generate().unwrap();
        CertificateParams::new(["ca.example".to_owned()]).unwrap().self_signed(&key).unwrap().pem()
    }

    /// The number of roots with this file and this directory in the variables.
    fn count(file: Option<&Path>, directory: Option<&str>) -> Result<usize> {
        let variables = NetworkVariables::read(&|name| match name {
            "SSL_CERT_FILE" => file.map(|file| file.to_str().unwrap().to_owned()),
            "SSL_CERT_DIR" => directory.map(str::to_owned),
            _ => None,
        });
        load_roots(&variables).map(|roots| roots.len())
    }

    #[test]
    fn each_system_is_told_what_it_has() {
        for (platform, for_roots, for_pem) in [
            (Platform::Unix, "Debian: ca-certificates", "`openssl x509"),
            (Platform::MacOs, "Keychain Access", "`openssl x509"),
            (Platform::Windows, "`certmgr.msc`", "`certutil -encode"),
        ] {
            let (roots, pem) = (roots_hint(platform), pem_hint(platform));
            assert!(roots.contains(for_roots) && roots.contains("SSL_CERT_FILE"), "{roots}");
            assert!(pem.contains(for_pem), "{pem}");
        }
    }

    #[test]
    fn the_roots_are_those_of_the_file_and_the_directories_each_once() {
        let (bundle, one, two) =
            (TempDir::new().unwrap(), TempDir::new().unwrap(), TempDir::new().unwrap());
        let [a, b, c, d] = [(); 4].map(|()| certificate());
        let file = bundle.path().join("bundle.pem");
        fs::write(&file, [&*a, "# comment\n", &b, &a].concat()).unwrap();
        fs::write(one.path().join("b.pem"), &b).unwrap();
        fs::write(one.path().join("c.pem"), &c).unwrap();
        fs::write(one.path().join("readme"), "no certificate").unwrap();
        fs::create_dir(one.path().join("deeper")).unwrap();
        fs::write(one.path().join("deeper/d.pem"), &d).unwrap();
        fs::write(two.path().join("d.pem"), &d).unwrap();
        let [one, two] = [&one, &two].map(|directory| directory.path().to_str().unwrap());
        let both = env::join_paths([one, "", "/nowhere", two]).unwrap().into_string().unwrap();
        let cases = [
            (Some(&*file), None, 2),
            (Some(&*file), Some(one), 3),
            (Some(&*file), Some(""), 2),
            (None, Some(one), 2),
            (None, Some(&*both), 3),
            (Some(&*file), Some(&*both), 4),
        ];
        for (file, directory, expected) in cases {
            assert_eq!(count(file, directory).unwrap(), expected, "{file:?} {directory:?}");
        }
    }

    #[test]
    fn a_certificate_that_cannot_be_parsed_is_left_out_and_the_others_are_trusted() {
        let directory = TempDir::new().unwrap();
        let file = directory.path().join("bundle.pem");
        let (good, broken) = (certificate(), certificate());
        let broken = broken.replacen("MII", "MIJ", 1);
        fs::write(&file, [&*broken, &good].concat()).unwrap();
        assert_eq!(count(Some(&file), None).unwrap(), 1);
        fs::write(&file, &broken).unwrap();
        let report = count(Some(&file), None).unwrap_err().report();
        assert!(
            report.contains("No CA certificates") && report.contains("SSL_CERT_FILE"),
            "{report}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_file_with_many_names_is_read_once() {
        let directory = TempDir::new().unwrap();
        let file = directory.path().join("ca.pem");
        fs::write(&file, certificate()).unwrap();
        for name in ["0a1b2c3d.0", "link.pem"] {
            std::os::unix::fs::symlink(&file, directory.path().join(name)).unwrap();
        }
        std::os::unix::fs::symlink("missing.pem", directory.path().join("dangling.pem")).unwrap();
        let mut files = CertificateFiles::default();
        files.read_named_file(file.to_str().unwrap()).unwrap();
        // Another reading would find it.
        fs::write(&file, certificate()).unwrap();
        files.read_directory(directory.path());
        assert_eq!(files.certificates.len(), 1);
    }
}
