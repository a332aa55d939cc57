use super::Component;

#[test]
fn service_names_of_the_captures_are_recognised() {
    let cases = [
        ("apiserver", Component::Apiserver),
        ("etcd", Component::Etcd),
        ("kubelet", Component::Kubelet),
        ("containerd", Component::Containerd),
        ("containerd-shim-3f2a", Component::Containerd),
        ("crio", Component::Crio),
        ("deploy-bot", Component::Other),
        ("", Component::Other),
    ];
    for (service_name, component) in cases {
        assert_eq!(Component::from_service_name(service_name), component, "{service_name}");
    }
}
