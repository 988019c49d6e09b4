//! `view` and the presets of the settings file.

use crate::support::{Output, TestEnv};

struct Settings {
    directory: tempfile::TempDir,
}

impl Settings {
    fn new(text: &str) -> Settings {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("config.toml"), text).unwrap();
        Settings { directory }
    }

    fn run(&self, line: &str) -> Output {
        let env = TestEnv::new()
            .variable("REFERRALS_CONFIG_DIR", self.directory.path().to_str().unwrap());
        env.run(&line.split(' ').collect::<Vec<_>>())
    }
}

const VIEWS: &str = "[view.dach]\nflags = \"--country DE,AT,CH --sort value --limit 3\"\n\
    [view.one]\nflags = [\"--customer\", \"a b\"]\n";

#[test]
fn a_view_lists_what_its_flags_list_and_takes_more() {
    let settings = Settings::new(VIEWS);
    let same = |view: &str, list: &str| {
        let (view, list) = (settings.run(view).ok(), settings.run(list).ok());
        assert_eq!(view.out, list.out);
        assert!(view.lines().len() > 1, "{view:?}");
    };
    let list = "list --demo --country DE,AT,CH --sort value";
    same("view dach --demo", &format!("{list} --limit 3"));
    same("--demo view --utc dach", &format!("{list} --limit 3 --utc"));
    same("view dach --format csv --demo", &format!("{list} --limit 3 --format csv"));
    same("view --demo dach --limit 5", &format!("{list} --limit 5"));
    same(
        "view dach --country FR --demo",
        "list --demo --country DE,AT,CH,FR --sort value --limit 3",
    );
}

#[test]
fn views_are_listed_by_their_names() {
    let output = Settings::new(VIEWS).run("view").ok();
    assert_eq!(
        output.lines(),
        ["dach  --country DE,AT,CH --sort value --limit 3", "one   --customer a b"]
    );
    let output = Settings::new("").run("view").ok();
    assert!(output.out.is_empty() && output.err.contains("no views"), "{output:?}");
}

#[test]
fn a_mistake_in_a_view_or_its_name_is_told() {
    let settings = Settings::new("[view.dach]\nflags = \"--contry DE\"\n");
    for (line, words) in [
        ("view dahc", "did you mean `dach`?"),
        ("view other", "views: dach"),
        ("view dach --demo", "--contry"),
    ] {
        let output = settings.run(line);
        assert_eq!(output.code, 2, "{line}");
        assert!(output.err.contains(words), "{words}: {}", output.err);
    }
    let output = Settings::new("[view.dach]\nflag = \"\"\n").run("view dach");
    assert!(output.code == 2 && output.err.contains("did you mean \"flags\"?"), "{output:?}");
}

const PRESETS: &str = "[preset.mine]\nbase = \"hubspot-deals\"\nstages = { new = \"inbox\" }\n\
    constants = { Pipeline = \"Partners\" }\nheadings = { \"Deal Name\" = \"Name\" }\n\
    leave_out = [\"Deal owner\"]\n[preset.dynamics-leads]\nbase = \"dynamics-leads\"\n\
    leave_out = [\"Currency\"]\n[preset.odd]\nbase = \"hubspot-deals\"\nleave_out = [\"Amuont\"]\n";

#[test]
fn a_preset_of_the_settings_builds_on_one() {
    let settings = Settings::new(PRESETS);
    let csv = settings.run("pending --demo --preset mine").ok();
    let lines = csv.lines();
    assert_eq!(
        lines[0],
        "Name,Pipeline,Deal Stage,Amount,Currency,Close Date,Deal Description,Microsoft referral ID"
    );
    assert!(lines[1].contains(",Partners,inbox,"), "{}", lines[1]);
    // It may have the name of the one that it builds on.
    let csv = settings.run("pending --demo --preset dynamics-leads").ok();
    assert!(!csv.lines()[0].contains("Currency"), "{}", csv.out);
    let output = settings.run("pending --demo --preset odd");
    assert_eq!(output.code, 2);
    for words in ["did you mean \"Amount\"?", "in [preset.odd] of the settings"] {
        assert!(output.err.contains(words), "{words}: {}", output.err);
    }
}

#[test]
fn presets_are_listed_and_shown() {
    let settings = Settings::new("[preset.mine]\nbase = \"hubspot-deals\"\n");
    let list = settings.run("preset list").ok();
    let names: Vec<&str> =
        list.lines().iter().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(
        names.join(" "),
        "salesforce-leads salesforce-opportunities dynamics-leads dynamics-opportunities hubspot-deals mine"
    );
    let shown = settings.run("preset show mine").ok();
    for line in [
        "mine: HubSpot, import of a file: deals",
        "  Pipeline               always \"default\" (required)",
        "  won     closedwon",
    ] {
        assert!(shown.lines().contains(&line), "{line}: {}", shown.out);
    }
    let json = settings.run("preset show dynamics-leads --format json").ok().json();
    assert_eq!(json["byteOrderMark"], true);
    assert_eq!(json["columns"][0]["heading"], "Topic");
    assert_eq!(settings.run("preset list --format json").ok().json().as_array().unwrap().len(), 6);
    assert_eq!(settings.run("preset show").code, 2);
    assert_eq!(settings.run("preset show hubspot").code, 2);
}
