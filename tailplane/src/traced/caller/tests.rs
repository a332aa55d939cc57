use super::*;

fn why_not(minor: Option<u32>, groups: Option<&[&str]>) -> Option<String> {
    let groups = groups.map(|groups| groups.iter().map(|group| (*group).to_owned()).collect());
    Caller { minor, groups }.why_not()
}

#[test]
fn only_privileged_callers_of_new_servers_continue_a_trace() {
    let (user, master) = (["system:authenticated"], ["system:masters", "system:authenticated"]);
    assert_eq!(why_not(Some(33), Some(&master)), None);
    assert!(
        why_not(Some(34), Some(&user)).unwrap().contains("is not in system:masters or system:monitoring")
    );
    assert!(why_not(Some(32), Some(&master)).unwrap().contains("1.32 continues nobody's trace"));
    assert!(why_not(Some(25), None).unwrap().contains("says nothing of the caller's"));
    assert_eq!(why_not(Some(36), None), None, "nothing is claimed of a caller that is not known");
    assert_eq!(why_not(None, None), None);
}

#[test]
fn minor_versions_of_managed_clusters() {
    assert_eq!((minor("33"), minor("33+"), minor("")), (Some(33), Some(33), None));
}
