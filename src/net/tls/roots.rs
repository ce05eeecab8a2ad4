//! The root certificates this system trusts: from SSL_CERT_FILE and SSL_CERT_DIR, or from where
//! Linux systems keep them.

use crate::os::{environment, file};
use crate::text::{pem, printable};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Most read of all files together, in bytes; today's lists have 230 KB.
const BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Most roots; today's lists have about 150.
const ROOTS_MAX: usize = 1000;
/// Most directory entries read.
const ENTRIES_MAX: usize = 2000;

/// How much of a file's name is shown, in characters.
const PATH_CHARACTERS_MAX: usize = 200;
/// What to do where there are none; the packages are OpenWrt's and other systems'.
const REMEDY: &str = "install ca-bundle (or ca-certificates), or set SSL_CERT_FILE";

/// The first of these that exists.
const FILES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt", // OpenWrt, Debian
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/ssl/cert.pem",                      // Alpine
    "/opt/etc/ssl/certs/ca-certificates.crt", // Entware
    "/etc/ssl/certs/cacert.pem",
];
/// All of these that exist; written as SSL_CERT_DIR is.
const DIRECTORIES: &str = "/etc/ssl/certs:/etc/pki/tls/certs";

/// All roots that can be read.
///
/// # Errors
/// There are none; why, for the operator.
pub fn load() -> Result<RootCertStore, String> {
    let (roots, unread) = find();
    match unread {
        _ if !roots.is_empty() => Ok(roots),
        Some(message) => Err(message),
        None => Err(format!("no CA certificates found; {REMEDY}")),
    }
}

/// Whether the file in SSL_CERT_FILE holds this certificate, byte for byte.
pub fn is_listed(certificate: &[u8]) -> bool {
    let path = environment::variable("SSL_CERT_FILE").unwrap_or_default();
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|mut from| file::read(&mut from, BYTES_MAX, &mut bytes));
    let mut is_listed = false;
    pem::each_certificate(&bytes, &mut |der| is_listed |= read.is_ok() && der == certificate);
    is_listed
}

fn find() -> (RootCertStore, Option<String>) {
    let mut file = environment::variable("SSL_CERT_FILE");
    let mut directories = environment::variable("SSL_CERT_DIR").unwrap_or_default();
    if file.is_none() && directories.as_bytes().iter().all(|&byte| byte == b':') {
        file = FILES.iter().find(|file| Path::new(file).exists()).map(OsString::from);
        directories = DIRECTORIES.into();
    }
    read(file.as_deref().map(Path::new), directories.as_bytes())
}

/// The roots in this file and in the files of these directories, separated by colons; and why the
/// file could not be read, if so.
fn read(file: Option<&Path>, directories: &[u8]) -> (RootCertStore, Option<String>) {
    let mut unread = None;
    let mut found =
        Found { roots: RootCertStore::empty(), seen: Vec::new(), bytes_left: BYTES_MAX };
    if let Some(file) = file {
        if let Ok(metadata) = fs::metadata(file) {
            found.is_new(&metadata);
        }
        if let Err(why) = found.add(file) {
            let file = printable::line(&file.to_string_lossy(), PATH_CHARACTERS_MAX);
            unread = Some(format!("cannot read the certificates in {file}: {why}; {REMEDY}"));
        }
    }
    let mut entries_left = ENTRIES_MAX;
    for directory in directories.split(|&byte| byte == b':').filter(|one| !one.is_empty()) {
        let Ok(entries) = fs::read_dir(OsStr::from_bytes(directory)) else { continue };
        for entry in entries {
            let Ok(entry) = entry else { continue };
            if entries_left == 0 {
                break;
            }
            entries_left -= 1;
            let path = entry.path();
            // It may be one of several links to a file, which is read once.
            if let Ok(metadata) = fs::metadata(&path)
                && metadata.is_file()
                && found.is_new(&metadata)
            {
                let _ = found.add(&path);
            }
        }
    }
    (found.roots, unread)
}

struct Found {
    roots: RootCertStore,
    /// Device and inode of the files read.
    seen: Vec<(u64, u64)>,
    bytes_left: u64,
}

impl Found {
    fn is_new(&mut self, metadata: &Metadata) -> bool {
        let identity = (metadata.dev(), metadata.ino());
        let is_new = !self.seen.contains(&identity);
        if is_new {
            self.seen.push(identity);
        }
        is_new
    }

    fn add(&mut self, path: &Path) -> io::Result<()> {
        let mut bytes = Vec::new();
        let limit = self.bytes_left;
        file::read(&mut File::open(path)?, limit, &mut bytes)?;
        self.bytes_left = self.bytes_left.saturating_sub(bytes.len() as u64);
        let roots = &mut self.roots.roots;
        pem::each_certificate(&bytes, &mut |der| {
            let der = CertificateDer::from(der);
            // A malformed certificate is no root.
            if let Ok(root) = webpki::anchor_from_trusted_cert(&der)
                && roots.len() < ROOTS_MAX
                && !roots.contains(&root)
            {
                roots.push(root.to_owned());
            }
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests;
