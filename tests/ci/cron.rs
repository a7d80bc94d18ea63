//! The nightly script.

use crate::forge::Depth;
use crate::{DONE, Forge, Job, Stub};

#[test]
fn a_night_measures_once_and_mails_a_regression() {
    let forge = Forge::new("");
    let mail = Stub::new(&forge.sandbox, "mail");
    let project = forge.checkout("project", "refs/heads/main", Depth::Full);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/ci/bench-nightly");
    let night = || {
        let job = Job::new(forge.sandbox.at("project"), &[]);
        job.shell(&["sh", "-c"], &format!("sh {script} '{}'", project.path().display()), &[]).is(DONE)
    };
    let id = forge.land("next", 100.1);
    night();
    assert_eq!(forge.runs(&id)[0]["channel"], "daily");
    let before = forge.refs();
    night();
    assert_eq!(forge.refs(), before, "measured already");
    assert!(mail.calls().is_empty());
    let slow = forge.land("slow", 200.0);
    night();
    assert_eq!(forge.runs(&slow).len(), 1);
    assert!(mail.calls()[0].contains("team@example.com"));
    // The past was measured elsewhere, without a shared store.
    project.bench("weekly 2024-W18").run().ok().says("2024-W18: 2 runs in 1 store").tells("10 runs of 2024-W18");
}
