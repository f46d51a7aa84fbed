use std::net::SocketAddr;
use std::sync::Arc;

use axum::http::Request;
use rstest::rstest;

use super::*;
use crate::NetworkPolicy;

const LOCAL: &str = "127.0.0.1";
const TOKEN: &str = "a-token-of-the-operator";

fn request(peer: Option<&str>, policy: NetworkPolicy, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::post("/api/problems");
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", "127.0.0.1:3001");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if let Some(peer) = peer {
        request = request.extension(ConnectionInfo {
            peer: SocketAddr::new(peer.parse().unwrap(), 4000),
            is_loopback: true,
            policy: Arc::new(policy),
        });
    }
    request.body(()).unwrap().into_parts().0
}

fn without_token(peer: Option<&str>, headers: &[(&str, &str)]) -> Result<(), ApiError> {
    may_manage(
        None,
        None,
        &request(peer, NetworkPolicy::default(), headers),
    )
}

#[rstest]
#[case::curl(LOCAL, &[])]
#[case::other_loopback("127.8.8.8", &[("host", "localhost:3001")])]
#[case::version_6("::1", &[("host", "[::1]:3001")])]
#[case::mapped("::ffff:127.0.0.1", &[("host", "LOCALHOST.")])]
#[case::own_page(LOCAL, &[("origin", "http://127.0.0.1:3001"), ("sec-fetch-site", "same-origin")])]
#[case::address_line(LOCAL, &[("sec-fetch-site", "none")])]
fn local_programs_may_manage_without_a_token(#[case] peer: &str, #[case] headers: &[(&str, &str)]) {
    assert_eq!(without_token(Some(peer), headers), Ok(()));
}

#[rstest]
#[case::other_machine("192.0.2.7", &[])]
#[case::other_machine_that_names_us("192.0.2.7", &[("host", "localhost")])]
#[case::neighbour("10.0.0.1", &[("x-forwarded-for", "127.0.0.1")])]
#[case::forwarded(LOCAL, &[("forwarded", "for=192.0.2.7")])]
#[case::forwarded_for(LOCAL, &[("x-forwarded-for", "127.0.0.1")])]
#[case::forwarded_for_nobody(LOCAL, &[("x-forwarded-for", "")])]
#[case::forwarded_host(LOCAL, &[("x-forwarded-host", "localhost")])]
#[case::real_ip(LOCAL, &[("x-real-ip", "127.0.0.1")])]
#[case::via(LOCAL, &[("via", "1.1 squid")])]
#[case::cloudflare(LOCAL, &[("cf-connecting-ip", "192.0.2.7")])]
#[case::client_ip(LOCAL, &[("client-ip", "192.0.2.7")])]
#[case::second_host(LOCAL, &[("host", "127.0.0.1:3001"), ("host", "evil.example")])]
#[case::second_origin(LOCAL, &[("origin", "http://127.0.0.1:3001"), ("origin", "http://evil.example")])]
#[case::second_site(LOCAL, &[("sec-fetch-site", "none"), ("sec-fetch-site", "cross-site")])]
#[case::rebound_name(LOCAL, &[("host", "evil.example:3001")])]
#[case::name_in_front(LOCAL, &[("host", "localhost.evil.example")])]
#[case::address_in_front(LOCAL, &[("host", "127.0.0.1.evil.example")])]
#[case::public_address(LOCAL, &[("host", "192.0.2.1:3001")])]
#[case::no_host(LOCAL, &[("host", "")])]
#[case::foreign_page(LOCAL, &[("origin", "https://evil.example")])]
#[case::page_on_another_port(LOCAL, &[("origin", "http://127.0.0.1:8000")])]
#[case::page_without_origin(LOCAL, &[("origin", "null")])]
#[case::image_of_a_page(LOCAL, &[("sec-fetch-site", "cross-site")])]
#[case::sibling_page(LOCAL, &[("sec-fetch-site", "same-site")])]
fn attempts_from_elsewhere_are_refused(#[case] peer: &str, #[case] headers: &[(&str, &str)]) {
    let refused = without_token(Some(peer), headers).unwrap_err();
    assert!(matches!(refused, ApiError::NotLocal(_)), "{refused}");
    assert!(
        refused.to_string().contains("--admin-token-file"),
        "{refused}"
    );
}

#[test]
fn proxies_are_not_local() {
    let policy = NetworkPolicy {
        trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()],
        ..NetworkPolicy::default()
    };
    let trusted = request(Some(LOCAL), policy, &[]);
    let mut old = request(Some(LOCAL), NetworkPolicy::default(), &[]);
    old.version = Version::HTTP_10;
    for parts in [trusted, old] {
        let refused = may_manage(None, None, &parts);
        assert_eq!(refused, Err(ApiError::NotLocal("it comes through a proxy")));
    }
    let unknown = without_token(None, &[]);
    assert!(unknown.is_err(), "no connection");
}

#[rstest]
#[case::right(Some(TOKEN), Ok(()))]
#[case::none(None, Err(ApiError::AdminTokenRequired))]
#[case::empty(Some(""), Err(ApiError::WrongAdminToken))]
#[case::beginning(Some("a-token"), Err(ApiError::WrongAdminToken))]
#[case::longer(Some("a-token-of-the-operator "), Err(ApiError::WrongAdminToken))]
#[case::other_case(Some("A-TOKEN-OF-THE-OPERATOR"), Err(ApiError::WrongAdminToken))]
fn with_a_token_only_the_token_counts(
    #[case] sent: Option<&str>,
    #[case] expected: Result<(), ApiError>,
) {
    let token = AdminToken::new(TOKEN);
    for peer in [LOCAL, "192.0.2.7"] {
        let parts = request(Some(peer), NetworkPolicy::default(), &[]);
        assert_eq!(may_manage(Some(&token), sent, &parts), expected, "{peer}");
    }
    assert_eq!(format!("{token:?}"), "AdminToken(…)");
}
