use super::super::{Distribution, Protection, SetupQuery, setup};

fn answer() -> super::Setup {
    setup(&SetupQuery {
        kubernetes: "1.36".parse().expect("a version"),
        distribution: Distribution::Kubeadm,
        endpoint: "[fd00::5]:4317".parse().expect("an endpoint"),
        http_endpoint: Some("[fd00::5]:14318".parse().expect("an endpoint")),
        sampling: "0.5".parse().expect("a rate"),
        protection: Protection::default(),
        cluster: None,
        components: Vec::new(),
        etcd: None,
        containerd: None,
        nodes: None,
    })
    .expect("a set-up")
}

#[test]
fn the_text_is_a_script_in_which_prose_and_what_undoes_are_comments() {
    let text = answer().text();
    let mut in_file = false;
    for line in text.lines() {
        in_file = (in_file || line.ends_with("<<'END_OF_FILE'")) && line != "END_OF_FILE";
        let is_prose = line.starts_with("# ") && !line.starts_with("#   ");
        assert!(in_file || !is_prose || line.chars().count() <= 110, "{line}");
    }
    assert!(!in_file);
    assert!(text.contains("\n#   cp -a /etc/kubernetes/before-tracing/kube-apiserver.yaml"), "{text}");
    assert!(text.contains("http://[fd00::5]:14318"), "{text}");
}

#[test]
fn the_json_has_every_step() {
    let setup = answer();
    let json: serde_json::Value = serde_json::from_str(&setup.json().expect("JSON")).expect("JSON");
    assert_eq!(json["steps"].as_array().map(Vec::len), Some(setup.steps.len()));
    assert_eq!(json["sampling_percent"], "0.5");
    assert_eq!(json["steps"][1]["files"][0]["path"], "/etc/kubernetes/tracing/apiserver.yaml");
}

#[test]
fn folders_are_named_by_number_and_title() {
    let setup = answer();
    let names: Vec<String> =
        setup.steps.iter().enumerate().map(|(index, step)| step.folder_name(index + 1)).collect();
    assert_eq!(names[1], "02-kube-apiserver");
    assert!(names.iter().all(|name| !name.ends_with('-')), "{names:?}");
}
