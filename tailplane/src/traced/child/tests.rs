use super::*;

fn words(text: &str) -> Vec<OsString> {
    text.split(' ').map(OsString::from).collect()
}

#[test]
fn whom_to_ask_is_not_the_commands_to_say() {
    for text in
        ["kubectl --context prod get pods", "kubectl get pods --token=secret", "helm ls --kube-context x"]
    {
        let message = checked(&words(text)).unwrap_err().to_string();
        assert!(message.contains("--context and --kubeconfig before the --"), "{message}");
        assert!(!message.contains("secret"), "{message}");
    }
    for text in ["kubectl get pods -A", "kubectl run x -- sh --server", "kubectl get pods --user-agent"] {
        assert!(checked(&words(text)).is_ok(), "{text}");
    }
    assert!(checked(&[]).is_err());
}

#[test]
fn the_exit_code_is_the_commands() {
    assert_eq!(exit_code(ExitStatus::from_raw(3 << 8)), 3);
    assert_eq!(exit_code(ExitStatus::from_raw(2)), 130, "killed by SIGINT");
}
