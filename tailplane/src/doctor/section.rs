//! Where it is written how a finding is mended.

pub(super) const ACKNOWLEDGEMENTS: &str = "docs/runbook.md#acknowledgements-are-slow";
pub(super) const CERTIFICATE: &str = "docs/runbook.md#a-certificate-expires";
pub(super) const CLOCKS: &str = "docs/runbook.md#clocks";
pub(super) const DAMAGE: &str = "docs/runbook.md#damage-is-found";
pub(super) const DISK: &str = "docs/runbook.md#the-disk-is-full-or-fails";
pub(super) const FLUSHES: &str = "docs/runbook.md#flushes-lag";
pub(super) const NOTHING_ARRIVES: &str = "docs/runbook.md#nothing-arrives";
pub(super) const NOT_WHOLE: &str = "docs/runbook.md#the-doctor-finds-something";
pub(super) const REFUSED: &str = "docs/runbook.md#spans-are-refused";
pub(super) const REPLAY: &str = "docs/runbook.md#a-restart-takes-long";
pub(super) const SILENT: &str = "docs/runbook.md#a-component-is-silent";
