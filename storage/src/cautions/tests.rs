use std::fs;

use super::*;

#[test]
fn an_etcd_says_where_its_data_is() {
    let found = |line: &str| etcd_folder(line);
    assert_eq!(found("/usr/bin/etcd\0--name=a\0--data-dir=/data/etcd\0"), Some("/data/etcd".into()));
    assert_eq!(found("etcd\0-data-dir\0member\0"), Some("member".into()));
    assert_eq!(found("etcd\0--name=a\0"), None);
    assert_eq!(found("etcdctl\0--data-dir=/data\0"), None);
    assert_eq!(found(""), None);
}

#[test]
fn the_disk_that_etcd_uses_is_recognised() {
    let folder = tempfile::tempdir().unwrap();
    let process = folder.path().join("17");
    fs::create_dir_all(process.join("root/data/etcd")).unwrap();
    fs::write(process.join("cmdline"), "etcd\0--data-dir=/data/etcd\0").unwrap();
    let etcd = etcd_folders(folder.path()).pop().unwrap();
    assert_eq!(etcd, process.join("root/data/etcd"));
    assert!(share_a_device(folder.path(), &etcd));
    assert!(
        !share_a_device(Path::new("/proc"), &etcd) && !share_a_device(folder.path(), Path::new("/no/such"))
    );
}

#[test]
fn memory_is_no_disk() {
    let in_memory = Path::new("/dev/shm");
    if rustix::fs::statfs(in_memory).map(|status| status.f_type) != Ok(TMPFS) {
        eprintln!("skipped: /dev/shm is no tmpfs here");
        return;
    }
    assert!(cautions(in_memory)[0].contains("tmpfs"));
}
