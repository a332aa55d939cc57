use super::{ContainerdVersion, EtcdVersion, KubernetesVersion};

#[test]
fn kubernetes() {
    for text in ["1.29", "v1.29", "1.29.3", "v1.29.3+k3s1", "1.29.3-gke.100"] {
        assert_eq!(text.parse::<KubernetesVersion>().map(KubernetesVersion::minor), Ok(29), "{text}");
    }
    for text in ["", "1", "1.21", "1.37", "2.29", "1.29.3.4", "latest"] {
        let error = text.parse::<KubernetesVersion>().expect_err("no version").to_string();
        assert!(error.ends_with("write one of 1.22 to 1.36"), "{error}");
    }
}

#[test]
fn etcd() {
    let parse = |text: &str| text.parse::<EtcdVersion>();
    assert!(parse("3.5.10-0").is_ok_and(|version| version.is_experimental() && !version.has_sampler()));
    assert!(parse("3.5.11").is_ok_and(|version| version.is_experimental() && version.has_sampler()));
    assert!(parse("3.5").is_ok_and(EtcdVersion::has_sampler));
    assert!(parse("v3.6.5").is_ok_and(|version| !version.is_experimental() && version.has_sampler()));
    assert!(parse("3.4").is_err() && parse("4.0").is_err());
}

#[test]
fn containerd() {
    let parse = |text: &str| text.parse::<ContainerdVersion>();
    assert!(parse("1.6").is_ok_and(ContainerdVersion::reads_file));
    assert!(parse("1.7.20").is_ok_and(ContainerdVersion::reads_file));
    assert!(parse("2.1").is_ok_and(|version| !version.reads_file()));
    assert!(parse("1.5").is_err() && parse("3.0").is_err());
}
