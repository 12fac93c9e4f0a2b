//! Many certificates from a table.

use std::fs;

use crate::{Folder, read, text};

#[test]
fn a_table_is_checked_and_then_issued() {
    let folder = Folder::with_authorities();
    fs::write(
        folder.path("hosts.csv"),
        "names,days,tags\na.example.test|192.0.2.1,30,web|rack 1\n*.example.test,,\nbad name!,x,\nfor.ever.example.test,100000,\n",
    )
    .unwrap();
    let dry = folder.run("cert issue-many --authority issuing --csv hosts.csv --dry-run").ends(4);
    for said in
        ["row 4, names: “bad name!” is no name", "row 4, days: “x” is no number of days", "row 5, days: ", "2 rows can be issued, 2 cannot"]
    {
        assert!(dry.out.contains(said), "{said}\n{}", dry.out);
    }
    let refused = folder.run("cert issue-many --authority issuing --csv hosts.csv --out hosts --plain-key").ends(4);
    assert!(refused.err.contains("row 4, days") && refused.err.contains("2 of 4 rows cannot be issued"), "{}", refused.err);
    assert!(!folder.path("hosts").exists());
    let error = folder.run("cert issue-many --authority issuing --csv hosts.csv --out hosts --json").ends(2).error();
    assert_eq!(text(&error, "/code"), "password-required");

    let left_out =
        folder.run("cert issue-many --authority issuing --csv hosts.csv --out hosts --plain-key --without-bad --json").ends(1).document();
    assert_eq!(left_out.pointer("/leftOut").unwrap(), &serde_json::json!([4, 5]));
    assert_eq!([text(&left_out, "/items/0/stem"), text(&left_out, "/items/1/stem")], ["a.example.test", "wildcard.example.test"]);
    for ending in ["key", "crt", "chain.pem"] {
        assert!(folder.path(&format!("hosts/wildcard.example.test.{ending}")).is_file(), "{ending}");
    }
    assert_eq!(fs::read_dir(folder.path("hosts")).unwrap().count(), 6, "and nothing else");
    let certificate = folder.json(&format!("cert show {}", text(&left_out, "/items/0/certificate")));
    assert_eq!([text(&certificate, "/tags/0"), text(&certificate, "/tags/1")], ["rack 1", "web"]);
    assert!(read(&folder.path("hosts/a.example.test.crt")).contains(text(&certificate, "/pem").trim()));

    // The files are in the way of a second run, which says so with each row.
    let again = folder.run("cert issue-many --authority issuing --csv hosts.csv --out hosts --plain-key --json").ends(4).error();
    assert!(text(&again, "/fields/rows").contains("exists already"), "{again}");
    let task = text(&left_out, "/task");
    assert_eq!(text(&folder.run(&format!("cert issue-many --resume {task} --json")).ends(4).error(), "/code"), "task-not-resumable");
    let none = "cert issue-many --resume 019ad3c2-7f10-7c3a-9a55-2f6b0d6c1e11 --json";
    assert_eq!(text(&folder.run(none).ends(3).error(), "/code"), "task-not-found");
    fs::write(folder.path("wrong.csv"), "host\na\n").unwrap();
    let wrong = folder.run("cert issue-many --authority issuing --csv wrong.csv --dry-run --json").ends(1).error();
    assert_eq!(text(&wrong, "/code"), "not-a-table");
}
