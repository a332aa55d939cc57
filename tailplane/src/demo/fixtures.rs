//! The captured slices inside the program.

use crate::replay::slice::Source;

macro_rules! slice {
    ($folder:literal) => {
        vec![
            slice!($folder, "apiserver"),
            slice!($folder, "etcd"),
            slice!($folder, "containerd"),
            slice!($folder, "kubelet"),
            slice!($folder, "deploy-bot"),
            slice!($folder, "team-ci"),
        ]
    };
    ($folder:literal, $service:literal) => {
        Source::Embedded {
            name: concat!($folder, "/", $service),
            bytes: include_bytes!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../proto/fixtures/",
                $folder,
                "/",
                $service,
                ".otlp.zst"
            )),
        }
    };
}

/// About 25 s without a fault, one source for each service.
pub(super) fn calm() -> Vec<Source> {
    slice!("calm")
}

/// About 25 s in which etcd stops for 1.5 s, the services in the same order.
pub(super) fn stall() -> Vec<Source> {
    slice!("stall")
}
