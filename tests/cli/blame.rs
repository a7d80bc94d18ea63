//! `blame`: which commit set the present level of each series.

use crate::check::quiet;
use crate::{DATA, NO_DATA, repo, result};

#[test]
fn the_commit_that_set_the_present_level_is_named() {
    let r = repo();
    quiet(&r, 12, 100.0);
    r.commit("unmeasured");
    let bad = r.measured("the slow one", 140.0);
    quiet(&r, 11, 140.0);
    r.record(&[("young", 1.0)]);
    let ran = r.bench("blame").run().ok().says(&bad[..8]).says("+40.0 %").says("Alice").says("the slow one");
    let ran = ran.says("2 commits").says("1 have had their level").says_not("young");
    assert!(!ran.out().contains("NaN"));
    let report = r.bench("blame --format json").run().ok().json();
    let of = |name: &str| report["series"].as_array().unwrap().iter().find(|s| s["benchmark"] == name).unwrap().clone();
    let change = of("parse")["change"].clone();
    assert_eq!((change["commit"].as_str(), change["unmeasured"].as_u64()), (Some(&*bad), Some(1)));
    assert_eq!((change["verdict"].as_str(), change["author"].as_str()), (Some("regression"), Some("Alice")));
    assert_eq!(of("parse")["points"], 12);
    assert_eq!(of("young")["first"], r.id("HEAD").as_str());
    // Before the step there was another one to blame.
    r.bench("blame HEAD~12").run().ok().says_not(&bad[..8]);
    r.bench("blame -- young").run().ok().says("since it was first measured");
    assert_eq!(r.bench("blame").run().bytes, r.bench("blame").run().bytes);
}

#[test]
fn a_branch_that_merged_the_base_is_followed_along_its_first_parents() {
    let r = repo();
    quiet(&r, 12, 100.0);
    r.git("switch --quiet --create topic");
    r.write("topic.txt", "t");
    r.commit_all("topic");
    r.record(&[("parse", 100.1)]);
    r.git("switch --quiet main");
    let slow = quiet(&r, 12, 150.0);
    r.git("switch --quiet topic");
    r.git("merge --quiet --no-edit main");
    r.record(&[("parse", 150.1)]);
    r.git("switch --quiet main");
    let report = r.bench("blame --format json").run().ok().json();
    let subject = report["series"][0]["change"]["subject"].as_str().unwrap();
    assert_eq!(subject, "c0 at 150", "{slow}");
}

#[test]
fn nothing_measured_and_nothing_that_fits() {
    let r = repo();
    r.commit("one");
    r.bench("blame").run().code(NO_DATA).tells("no commit of this history was measured").hints("git bench log");
    r.bench("record -").stdin(result(&[("parse", 1.0)])).run().ok();
    r.bench("blame -- prase").run().fails(NO_DATA, "no benchmark fits").tells("the nearest is 'parse'");
    r.bench("blame nothing").run().fails(DATA, "unknown revision");
}
