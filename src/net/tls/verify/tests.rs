//! Chains good and bad, as the verifier sees them.

use super::*;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, GeneralSubtree,
    IsCa, KeyPair, KeyUsagePurpose, NameConstraints, SignatureAlgorithm,
};
use rustls::pki_types::{IpAddr, Ipv4Addr};
use std::time::Duration;

/// The time of all these tests, in seconds since 1970: 2026-01-01.
const NOW: u64 = 1_767_225_600;
const RSA_KEY: &str = include_str!("../../../../tests/vectors/rsa.pem");
/// Each kind of key and signature that public authorities use.
const ALGORITHMS: &[&SignatureAlgorithm] = &[
    &rcgen::PKCS_ECDSA_P256_SHA256,
    &rcgen::PKCS_ECDSA_P384_SHA384,
    &rcgen::PKCS_RSA_SHA256,
    &rcgen::PKCS_RSA_SHA384,
    &rcgen::PKCS_RSA_SHA512,
];
const P256: &SignatureAlgorithm = &rcgen::PKCS_ECDSA_P256_SHA256;

pub type Issuer = CertifiedIssuer<'static, KeyPair>;
type Change = fn(&mut CertificateParams);

pub fn key(algorithm: &'static SignatureAlgorithm) -> KeyPair {
    KeyPair::generate_for(algorithm)
        .or_else(|_| KeyPair::from_pkcs8_pem_and_sign_algo(RSA_KEY, algorithm))
        .unwrap()
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2100, 1, 1);
    params
}

fn ca_params(name: &str) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

pub fn root(algorithm: &'static SignatureAlgorithm) -> Issuer {
    CertifiedIssuer::self_signed(ca_params("a root"), key(algorithm)).unwrap()
}

fn between(root: &Issuer, algorithm: &'static SignatureAlgorithm, change: Change) -> Issuer {
    let mut params = ca_params("one in between");
    change(&mut params);
    CertifiedIssuer::signed_by(params, key(algorithm), root).unwrap()
}

fn server_params() -> CertificateParams {
    let names = ["a.example", "*.b.example", "192.0.2.1"].map(String::from);
    let mut named = CertificateParams::new(names.to_vec()).unwrap();
    let CertificateParams { distinguished_name, not_before, not_after, .. } = params("a server");
    named.distinguished_name = distinguished_name;
    (named.not_before, named.not_after) = (not_before, not_after);
    named.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    named
}

fn leaf(issuer: &Issuer, change: Change) -> CertificateDer<'static> {
    let mut params = server_params();
    change(&mut params);
    params.signed_by(&key(P256), issuer).unwrap().der().clone()
}

pub fn trusting(root: &Issuer) -> WebPkiVerifier {
    let mut roots = RootCertStore::empty();
    roots.add(root.der().clone()).unwrap();
    WebPkiVerifier { roots, is_listed: |_| false }
}

/// A certificate for 127.0.0.1 behind one of an authority, which comes with it.
pub fn server_chain(root: &Issuer, key: &KeyPair) -> Vec<CertificateDer<'static>> {
    let between = between(root, &rcgen::PKCS_ECDSA_P384_SHA384, |_| {});
    let mut params = server_params();
    params.subject_alt_names = vec![rcgen::SanType::IpAddress([127, 0, 0, 1].into())];
    vec![params.signed_by(key, &between).unwrap().der().clone(), between.der().clone()]
}

/// What is thought of a chain, the server's own first; in the words for an operator.
fn judged(root: &Issuer, chain: &[CertificateDer<'static>], name: &str) -> Result<(), String> {
    let name = ServerName::try_from(name.to_string()).unwrap();
    let now = UnixTime::since_unix_epoch(Duration::from_secs(NOW));
    let (leaf, others) = chain.split_first().unwrap();
    let verdict = trusting(root).verify_server_cert(leaf, others, &name, &[], now);
    verdict.map(|_| ()).map_err(|error| {
        let message = super::super::explain(&error);
        match error {
            // Where the program prints variants by name only, it would not show what is within.
            Error::InvalidCertificate(CertificateError::Other(other)) => {
                format!("{message} {:?}", other.0)
            }
            _ => message,
        }
    })
}

fn refused(root: &Issuer, chain: &[CertificateDer<'static>], name: &str, begin: &str, end: &str) {
    let why = judged(root, chain, name).expect_err(end);
    assert!(why.starts_with(begin) && why.contains(end), "{end}: {why}");
}

const UNTRUSTED: &str = "the server's certificate cannot be trusted (";
const UNKNOWN: &str = "no installed CA vouches for this server; ";
const OTHER_NAME: &str = "the server's certificate is for another name; ";
const EXPIRED: &str = "the server's certificate has expired, or ";
const NOT_YET: &str = "the server's certificate is not valid yet; ";

#[test]
fn chains_of_all_kinds_are_good() {
    for of_root in ALGORITHMS {
        let root = root(of_root);
        assert_eq!(judged(&root, &[leaf(&root, |_| {})], "a.example"), Ok(()));
        for of_between in ALGORITHMS {
            let between = between(&root, of_between, |_| {});
            let chain = [leaf(&between, |_| {}), between.der().clone()];
            assert_eq!(judged(&root, &chain, "a.example"), Ok(()), "{of_root:?} {of_between:?}");
            // Whatever else is sent along does not matter, nor does the order.
            let stranger = self::root(P256).der().clone();
            let [leaf, of_between] = chain;
            let chain = [leaf, stranger, root.der().clone(), of_between];
            assert_eq!(judged(&root, &chain, "a.example"), Ok(()));
        }
    }
}

#[test]
fn names_are_those_of_the_certificate_and_of_nothing_else() {
    let root = root(P256);
    let chain = [leaf(&root, |_| {})];
    for good in ["a.example", "A.EXAMPLE", "x.b.example", "192.0.2.1"] {
        assert_eq!(judged(&root, &chain, good), Ok(()), "{good}");
    }
    for bad in [
        "b.example",
        "x.a.example",
        "x.y.b.example",
        "a.example.com",
        "example",
        "192.0.2.2",
        "2001:db8::1",
    ] {
        refused(&root, &chain, bad, OTHER_NAME, "not valid for name");
    }
    // A name in the subject alone is none (RFC 9525 section 2).
    let unnamed = [leaf(&root, |params| {
        params.subject_alt_names.clear();
        params.distinguished_name.push(rcgen::DnType::CommonName, "a.example");
    })];
    refused(&root, &unnamed, "a.example", OTHER_NAME, "");
    let address = ServerName::IpAddress(IpAddr::V4(Ipv4Addr::from([192, 0, 2, 1])));
    let text = [leaf(&root, |params| {
        let name = "192.0.2.1".try_into().unwrap();
        params.subject_alt_names = vec![rcgen::SanType::DnsName(name)];
    })];
    let now = UnixTime::since_unix_epoch(Duration::from_secs(NOW));
    assert!(trusting(&root).verify_server_cert(&text[0], &[], &address, &[], now).is_err());
}

#[test]
fn a_leaf_must_be_good_today_and_for_servers() {
    let root = root(P256);
    let bad: &[(Change, &str, &str)] = &[
        (|it| it.not_after = rcgen::date_time_ymd(2025, 12, 31), EXPIRED, "expired"),
        (|it| it.not_before = rcgen::date_time_ymd(2026, 1, 2), NOT_YET, "not valid yet"),
        (
            |it| it.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth],
            UNTRUSTED,
            "server authentication",
        ),
        (|it| it.is_ca = IsCa::Ca(BasicConstraints::Unconstrained), UNKNOWN, "CaUsedAsEndEntity"),
        (
            |it| {
                let mut odd = rcgen::CustomExtension::from_oid_content(&[2, 5, 29, 99], vec![5, 0]);
                odd.set_criticality(true);
                it.custom_extensions = vec![odd];
            },
            UNTRUSTED,
            "UnsupportedCriticalExtension",
        ),
    ];
    for &(change, begin, end) in bad {
        refused(&root, &[leaf(&root, change)], "a.example", begin, end);
    }
    let one_usage_of_many: Change =
        |it| it.extended_key_usages.insert(0, ExtendedKeyUsagePurpose::ClientAuth);
    assert_eq!(judged(&root, &[leaf(&root, one_usage_of_many)], "a.example"), Ok(()));
}

#[test]
fn nobody_is_believed_whom_no_root_vouches_for() {
    let (known, stranger) = (root(P256), root(P256));
    // Both have the same name, so that only the signature tells them apart.
    refused(&known, &[leaf(&stranger, |_| {})], "a.example", UNKNOWN, "BadSignature");
    let other = CertifiedIssuer::self_signed(ca_params("another root"), key(P256)).unwrap();
    refused(&known, &[leaf(&other, |_| {})], "a.example", UNKNOWN, "UnknownIssuer");
    let chain = [leaf(&other, |_| {}), other.der().clone()];
    refused(&known, &chain, "a.example", UNKNOWN, "UnknownIssuer");
    let own = server_params().self_signed(&key(P256)).unwrap().der().clone();
    refused(&known, &[own], "a.example", UNKNOWN, "UnknownIssuer");
    let between = between(&known, P256, |_| {});
    refused(&known, &[leaf(&between, |_| {})], "a.example", UNKNOWN, "UnknownIssuer");
    let mut bent = leaf(&known, |_| {}).to_vec();
    *bent.last_mut().unwrap() ^= 1;
    assert!(judged(&known, &[bent.into()], "a.example").is_err());
    for garbage in [vec![], vec![0x30], vec![0; 1000], vec![0x30, 0x84, 0xff, 0xff, 0xff, 0xff]] {
        refused(&known, &[garbage.into()], "a.example", UNTRUSTED, "BadEncoding");
    }
}

#[test]
fn who_stands_between_must_be_an_authority_and_keep_to_its_bounds() {
    let root = root(P256);
    let bad: &[(Change, &str, &str)] = &[
        (|it| it.is_ca = IsCa::ExplicitNoCa, UNTRUSTED, "EndEntityUsedAsCa"),
        (|it| it.is_ca = IsCa::NoCa, UNTRUSTED, "EndEntityUsedAsCa"),
        (|it| it.not_after = rcgen::date_time_ymd(2025, 12, 31), EXPIRED, "expired"),
        (|it| it.not_before = rcgen::date_time_ymd(2026, 1, 2), NOT_YET, "not valid yet"),
        (
            |it| it.extended_key_usages = vec![ExtendedKeyUsagePurpose::EmailProtection],
            UNTRUSTED,
            "server authentication",
        ),
        (
            |it| {
                let permitted = vec![GeneralSubtree::DnsName("other.example".into())];
                it.name_constraints = Some(NameConstraints {
                    permitted_subtrees: permitted,
                    excluded_subtrees: vec![],
                });
            },
            UNTRUSTED,
            "NameConstraintViolation",
        ),
    ];
    for &(change, begin, end) in bad {
        let between = between(&root, P256, change);
        let chain = [leaf(&between, |_| {}), between.der().clone()];
        refused(&root, &chain, "a.example", begin, end);
    }
    // One with a certificate for a server of its own cannot vouch for another.
    let server = CertifiedIssuer::signed_by(server_params(), key(P256), &root).unwrap();
    let chain = [leaf(&server, |_| {}), server.der().clone()];
    refused(&root, &chain, "a.example", UNTRUSTED, "EndEntityUsedAsCa");
    let short: Change = |it| it.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let first = between(&root, P256, short);
    let chain = [leaf(&first, |_| {}), first.der().clone()];
    assert_eq!(judged(&root, &chain, "a.example"), Ok(()));
    let mut params = ca_params("a second one");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let second = CertifiedIssuer::signed_by(params, key(P256), &first).unwrap();
    let chain = [leaf(&second, |_| {}), second.der().clone(), first.der().clone()];
    refused(&root, &chain, "a.example", UNTRUSTED, "PathLenConstraintViolated");
}

#[test]
fn what_no_public_authority_signs_with_is_refused() {
    let odd = root(&rcgen::PKCS_ED25519);
    refused(&odd, &[leaf(&odd, |_| {})], "a.example", UNTRUSTED, "");
}

/// A certificate for 127.0.0.1 that nobody else has signed, and its PEM.
pub fn self_signed(key: &KeyPair, change: Change) -> rcgen::Certificate {
    let mut params = server_params();
    params.subject_alt_names = vec![rcgen::SanType::IpAddress([127, 0, 0, 1].into())];
    change(&mut params);
    params.self_signed(key).unwrap()
}

#[test]
fn one_that_is_listed_needs_no_issuer_but_a_name_and_dates() {
    let root = root(P256);
    let listed = WebPkiVerifier { is_listed: |_| true, ..trusting(&root) };
    let unlisted = trusting(&root);
    let plain: Change = |_| {};
    let ca: Change = |params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let old: Change = |params| params.not_after = rcgen::date_time_ymd(2025, 1, 1);
    let early: Change = |params| params.not_before = rcgen::date_time_ymd(2027, 1, 1);
    let old_ca: Change = |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.not_after = rcgen::date_time_ymd(2025, 1, 1);
    };
    for (change, name, is_good) in [
        (plain, "127.0.0.1", true),
        (ca, "127.0.0.1", true),
        (plain, "127.0.0.2", false),
        (ca, "a.example", false),
        (old, "127.0.0.1", false),
        (early, "127.0.0.1", false),
        (old_ca, "127.0.0.1", false),
    ] {
        let certificate = self_signed(&key(P256), change);
        let name = ServerName::try_from(name).unwrap();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(NOW));
        let judge = |by: &WebPkiVerifier| {
            by.verify_server_cert(certificate.der(), &[], &name, &[], now).is_ok()
        };
        assert_eq!((judge(&listed), judge(&unlisted)), (is_good, false), "{name:?}");
    }
}
