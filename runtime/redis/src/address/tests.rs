use redis::ConnectionAddr;

use super::*;

fn tcp(info: &ConnectionInfo) -> (String, u16) {
    match info.addr() {
        ConnectionAddr::Tcp(host, port) => (host.clone(), *port),
        other => panic!("{other}"),
    }
}

fn parse(text: &str) -> Servers {
    text.parse::<Address>().unwrap().servers
}

fn refused(text: &str) -> String {
    text.parse::<Address>().unwrap_err().to_string()
}

#[test]
fn one_server_has_credentials_and_a_database() {
    for scheme in ["redis", "valkey"] {
        let Servers::One(info) = parse(&format!("{scheme}://ann:p%40ss@example.org:7777/3")) else {
            panic!("not one server")
        };
        assert_eq!(tcp(&info), ("example.org".into(), 7777));
        let redis = info.redis_settings();
        assert_eq!(
            (redis.username(), redis.password(), redis.db()),
            (Some("ann"), Some("p@ss"), 3)
        );
    }
    let Servers::One(info) = parse("unix:///run/redis.sock?pass=secret") else {
        panic!("not one server")
    };
    assert!(matches!(info.addr(), ConnectionAddr::Unix(_)));
}

#[test]
fn sentinels_have_a_master_and_a_port_of_their_own() {
    let text = "redis+sentinel://ann:secret@a,b:26380,[::1]/my-master/2";
    let Servers::Sentinel { sentinels, master } = parse(text) else {
        panic!("no sentinels")
    };
    let hosts: Vec<_> = sentinels.iter().map(tcp).collect();
    assert_eq!(
        hosts,
        [
            ("a".into(), 26_379),
            ("b".into(), 26_380),
            ("::1".into(), 26_379)
        ]
    );
    assert_eq!(master, "my-master");
    let redis = sentinels[2].redis_settings();
    assert_eq!((redis.password(), redis.db()), (Some("secret"), 2));
}

#[test]
fn cluster_has_several_hosts_and_no_database() {
    let Servers::Cluster(hosts) = parse("redis+cluster://a:7000,b:7001") else {
        panic!("no cluster")
    };
    assert_eq!(
        hosts.iter().map(tcp).collect::<Vec<_>>(),
        [("a".into(), 7000), ("b".into(), 7001)]
    );
    assert!(refused("redis+cluster://a:7000/1").contains("Cluster"));
}

#[test]
fn what_cannot_be_is_refused_with_the_reason() {
    for tls in ["rediss://a", "valkeys://a", "rediss+sentinel://a/m"] {
        assert!(refused(tls).contains("TLS"), "{tls}");
    }
    for other in ["", "redis", "localhost:6379", "amqp://a", "redis+other://a"] {
        assert!(refused(other).contains("redis://host:6379"), "{other}");
    }
    for nameless in ["redis+sentinel://a", "redis+sentinel://a/"] {
        assert!(refused(nameless).contains("master-name"), "{nameless}");
    }
    for broken in [
        "redis://",
        "redis://a:x",
        "redis://a/x",
        "redis+cluster://a,,b",
        "redis+cluster://a:1,",
        "redis+sentinel://a/m/x",
    ] {
        refused(broken);
    }
}

#[test]
fn credentials_are_not_shown() {
    for text in [
        "redis://ann:secret@a:6379/1",
        "redis+sentinel://:secret@a,b/m",
        "redis+cluster://ann:sec%40ret@a",
        "unix:///run/redis.sock?user=ann&pass=secret",
    ] {
        let address: Address = text.parse().unwrap();
        let shown = format!("{address} {address:?}");
        assert!(!shown.contains("sec") && !shown.contains("ann"), "{shown}");
    }
    for (text, shown) in [
        ("redis://localhost", "redis://localhost"),
        ("valkey://u:p@h:1/2?protocol=resp3", "redis://h:1/2"),
        ("redis+sentinel://:secret@a,b/m", "redis+sentinel://a,b/m"),
        ("unix:///run/redis.sock?db=1", "unix:///run/redis.sock"),
    ] {
        let address: Address = text.parse().unwrap();
        assert_eq!(address.to_string(), shown);
    }
}
