use super::{apiserver_id, apiserver_id_1_26, is_apiserver_id};

#[test]
fn the_known_hosts_have_their_known_ids() {
    let vectors = [
        ("cp-1", "apiserver-rplpdvtx3lntmi4xy2xnxookk4"),
        ("kind-control-plane", "apiserver-c7uylvfxlbqccnk6myfkwetzze"),
        ("vm", "apiserver-wlv32tlttr4jl3gtroqexyxapa"),
    ];
    for (hostname, id) in vectors {
        assert_eq!(apiserver_id(hostname), id, "{hostname}");
        assert!(is_apiserver_id(id));
    }
}

#[test]
fn in_1_26_the_name_alone_is_hashed() {
    for (hostname, id) in [
        ("cp-1", "kube-apiserver-zvmq3lqpnerbhbin5novlsptoe"),
        ("kind-control-plane", "kube-apiserver-c4vwjftbvpc5os2vvzle4qg27a"),
    ] {
        assert_eq!(apiserver_id_1_26(hostname), id, "{hostname}");
        assert!(is_apiserver_id(id));
    }
}

#[test]
fn other_ids_are_told_apart() {
    let others = [
        "kube-apiserver-3f2c1b9a-0000-4000-8000-000000000000",
        "apiserver-",
        "apiserver-RPLPDVTX3LNTMI4XY2XNXOOKK4",
        "apiserver-rplpdvtx3lntmi4xy2xnxookk",
        "apiserver-rplpdvtx3lntmi4xy2xnxookk1",
        "etcd-1",
        "",
    ];
    for other in others {
        assert!(!is_apiserver_id(other), "{other}");
    }
}
