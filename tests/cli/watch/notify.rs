//! `attend notify` and `attend.toml`: deliveries, and the errors of failed ones.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use attend::notify::{Config, Delivery, Secret, Source, web};

use crate::common::harness::{School, root, text};
use crate::common::limit::{ok, output};
use crate::common::servers::{CLOSED, Server, authority, caller, silent};

/// Writes `attend.toml`, for its owner alone.
pub fn configure(school: &School, content: &str) {
    let path = school.write("attend.toml", content);
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// Reads it.
pub fn config(school: &School) -> Config {
    Config::read(&Source { file: Some(school.path("attend.toml")), named: true, ..Source::default() })
        .unwrap()
}

const TEST: &str = "--config attend.toml notify test";

/// The output of `notify test` with a configuration. The port of a server is shown as PORT.
fn test(school: &School, config: &str, port: u16) -> String {
    configure(school, &config.replace("PORT", &port.to_string()));
    school.session(&[TEST]).replace(&port.to_string(), "PORT")
}

/// Mail without TLS to a recipient.
fn plain_mail(to: &str) -> String {
    format!(
        "[mail]\nurl = 'smtp://127.0.0.1:PORT?tls=none'\nfrom = 'attend@school.example'\n\
         summary_to = ['{to}@school.example']\ntimeout = '20s'\n"
    )
}

#[test]
fn a_test_goes_to_each_recipient_once() {
    let school = School::empty();
    let Some(smtp) = Server::smtp(&school, &[]) else { return };
    let web = Server::web(&school, &[]);
    let config = format!(
        "[mail]\nurl = 'smtp://127.0.0.1:{}?tls=none'\nfrom = 'Green Valley <attend@school.example>'\n\
         summary_to = ['Ada <ada@school.example>', 'office@school.example']\nalerts_to = ['office@school.example']\n\
         [slack]\nwebhook = 'http://127.0.0.1:{}/services/s3cret'\n",
        smtp.port, web.port
    );
    configure(&school, &config);
    insta::assert_snapshot!(school.session(&[TEST, "-q --config attend.toml notify test"]), @"
    $ attend --config attend.toml notify test
    ! sent: mail to ada@school.example
    ! sent: mail to office@school.example
    ! sent: slack
    $ attend -q --config attend.toml notify test
    ");
    assert_eq!(
        smtp.envelopes()[..2],
        ["attend@school.example ada@school.example", "attend@school.example office@school.example"]
    );
    let mail = &smtp.arrived()[0];
    assert!(mail.contains("\r\nTo: Ada <ada@school.example>, office@school.example\r\n"), "{mail}");
    assert!(mail.contains("\r\nAuto-Submitted: auto-generated\r\n"), "{mail}");
    assert_eq!(web.arrived().len(), 2);
    assert!(web.arrived()[0].starts_with(r#"{"text":"This is a test message of attend"#));
}

#[test]
fn nothing_is_sent_unless_it_is_configured() {
    let school = School::empty();
    school.write("empty.toml", "# [mail]\n");
    let none = "! attend: no mail, Slack or webhook is configured, so nothing is sent\n\
                ! hint: examples/config/attend.toml explains the file; --config names it\n[78]\n";
    for command in ["notify test", "--config empty.toml notify test"] {
        assert_eq!(school.session(&[command]), format!("$ attend {command}\n{none}"));
    }
    insta::assert_snapshot!(school.session(&["--config nothere.toml notify test"]), @"
    $ attend --config nothere.toml notify test
    ! attend: cannot open nothere.toml: No such file or directory (os error 2)
    [78]
    ");
}

#[test]
fn the_file_is_found_where_xdg_says() {
    let school = School::empty();
    fs::create_dir_all(school.path("xdg/attend")).unwrap();
    fs::create_dir_all(school.path("home/.config/attend")).unwrap();
    for (place, variable, value) in [("xdg", "XDG_CONFIG_HOME", "xdg"), ("home/.config", "HOME", "home")] {
        school.write(&format!("{place}/attend/attend.toml"), "[mial]\n");
        let mut command = school.command(&["notify", "test"]);
        let output = output(command.env(variable, school.path(value)));
        let said = text(&output.stderr);
        assert!(said.contains(&format!("{place}/attend/attend.toml:1: unknown key \"mial\"")), "{said}");
    }
    let output = output(school.command(&["notify", "test"]).env("ATTEND_CONFIG", "xdg/attend/attend.toml"));
    assert!(text(&output.stderr).starts_with("attend: xdg/attend/attend.toml:1"));
}

#[test]
fn config_errors_name_file_line_and_key() {
    let school = School::empty();
    school.write("broken.pem", "no certificates");
    let mut said = String::new();
    for config in [
        "[mail]\nurl = 'smtps://host'\nform = 'a@b.example'\n",
        "[slak]\n",
        "[mail]\nfrom = 'a@b.example'\n",
        "[mail]\nurl = 'smtps://host'\n",
        "[mail]\nurl = 'smtps://host'\nfrom = 'ada at school'\n",
        "[mail]\nurl = 'smtps://host'\nfrom = 'a@b.example'\n[web]\ntimeout = '3 hours'\n",
        "[mail]\nurl = 'smtps://host'\nfrom = 'a@b.example'\ntimeout = '3h'\n",
        "[mail]\nurl = 'smtps://host'\nfrom = 'a@b.example'\nsummary_to = [\n  'a@b.example',\n  'Ada',\n]\n",
        "[mail]\nurl = 'smtps://host'\nfrom = 'a@b.example'\nsummary_to = 'a@b.example'\n",
        "[mail]\nurl = 'smtps://host'\nfrom = 'a@b.example'\nca_file = 'broken.pem'\n",
        "[mail]\nurl = 'smtps://host'\nfrom = 'a@b.example'\npassword_file = 'none.txt'\n",
        "[mail]\nurl = 'smtps://host'\nfrom = 'a@b.example'\n",
    ] {
        configure(&school, config);
        said += &school.session(&[TEST]).replace("$ attend --config attend.toml notify test\n", "");
    }
    insta::assert_snapshot!(said, @r#"
    ! attend: attend.toml:3: unknown key "form"
    ! hint: did you mean "from"?
    [78]
    ! attend: attend.toml:1: unknown key "slak"
    ! hint: did you mean "slack"?
    [78]
    ! attend: attend.toml: mail.url is missing
    ! hint: write url = "smtps://user:password@host" below [mail], or set ATTEND_SMTP_URL
    [78]
    ! attend: attend.toml: mail.from is missing
    ! hint: write from = "attend@school.example" below [mail]
    [78]
    ! attend: attend.toml:3: mail.from: not a mail address
    ! hint: write ada@school.example or Ada <ada@school.example>
    [78]
    ! attend: attend.toml:5: web.timeout: write a length of time from 50ms to 2m, such as 20s
    [78]
    ! attend: attend.toml:4: mail.timeout: write a length of time from 50ms to 2m, such as 20s
    [78]
    ! attend: attend.toml:6: mail.summary_to: not a mail address
    ! hint: write ada@school.example or Ada <ada@school.example>
    [78]
    ! attend: attend.toml:4: summary_to: expected a list
    [78]
    ! attend: attend.toml:4: mail.ca_file: broken.pem contains no certificates in PEM
    [78]
    ! attend: attend.toml:4: mail.password_file: cannot open none.txt: No such file or directory (os error 2)
    [78]
    ! attend: mail has a server but no recipients
    ! hint: write summary_to = ["office@school.example"] or alerts_to below [mail]
    [78]
    "#);
}

/// Puts a secret in every wrong place. No error repeats it.
#[test]
fn no_error_repeats_a_secret() {
    let school = School::empty();
    let mail = "[mail]\nfrom = 'a@b.example'\nsummary_to = ['a@b.example']\n";
    for config in [
        "[mail]\nurl = 'smtps://ada:hunter2@host\n".to_owned(),
        "[mail]\nurl = 'ftp://ada:hunter2@host'\n".to_owned(),
        "[mail]\nurl = 'smtps://ada:hunter2@host:99999'\n".to_owned(),
        "[mail]\nurl = ['smtps://ada:hunter2@host']\n".to_owned(),
        "[mail]\nurl = hunter2\n".to_owned(),
        "[mail]\nsummary_to = [\n'smtps://ada:hunter2@host?tls=none', 5]\n".to_owned(),
        "[mail]\nurl = 'smtps://ada:hunter2@host'\nfrom = 'smtps://ada:hunter2@host'\n".to_owned(),
        "[mail]\nurl = 'smtps://ada:hunter2@host'\nfrom = 'a@b.example'\ntimeout = 'hunter2'\n".to_owned(),
        "[mail]\n'smtps://ada:hunter2@host' = 1\n".to_owned(),
        "'https://hooks.example/hunter2' = 1\n".to_owned(),
        "[slack]\n'https://hooks.example/hunter2' = 1\n'https://hooks.example/hunter2' = 2\n".to_owned(),
        "[slack]\nhttps://hooks.example/hunter2\n".to_owned(),
        "['smtps://ada:hunter2@host']\n[\"smtps://ada:hunter2@host\"]\n".to_owned(),
        "[alerts]\nnames = 'https://hooks.example/hunter2'\n".to_owned(),
        "[alerts]\nping_url = 'http://hooks.example/hunter2'\n".to_owned(),
        "[slack]\nwebhook = 'hooks.example/hunter2'\n".to_owned(),
        "[slack]\nwebhook = 'http://hooks.example/hunter2'\n".to_owned(),
        "[web]\nproxy = 'ada:hunter2@proxy'\n".to_owned(),
        format!("{mail}url = 'smtp://ada:hunter2@mail.school.example?tls=none'\n"),
        format!("{mail}url = 'smtp://ada:hunter2@127.0.0.1:{CLOSED}?tls=none'\n"),
        format!("{mail}url = 'smtps://ada:hunter2@127.0.0.1:{CLOSED}'\n"),
        format!("[slack]\nwebhook = 'https://127.0.0.1:{CLOSED}/hunter2'\n"),
        format!("[slack]\nwebhook = 'http://127.0.0.1:{CLOSED}/hunter2'\n"),
        format!(
            "[slack]\nwebhook = 'https://hooks.invalid/hunter2'\n\
             [web]\nproxy = 'http://a:hunter2@127.0.0.1:{CLOSED}'\n"
        ),
    ] {
        configure(&school, &config);
        let said = school.session(&["-v --config attend.toml notify test"]);
        assert!(
            !said.contains("hunter2") && (said.ends_with("[78]\n") || said.ends_with("[74]\n")),
            "{config}{said}"
        );
    }
}

#[test]
fn a_file_with_secrets_that_others_can_read_is_refused() {
    let school = School::empty();
    let mail = "[mail]\nurl = 'smtp://127.0.0.1:1?tls=none'\nfrom = 'a@b.example'\n";
    for (config, refused) in [
        (mail.to_owned(), false),
        (mail.replace("127", "ada@127"), false),
        (mail.replace("127", "ada:hunter2@127"), true),
        ("[slack]\nwebhook = 'http://127.0.0.1:1/x'\n".to_owned(), true),
        ("[alerts]\nping_url = 'http://127.0.0.1:1/x'\n".to_owned(), true),
        ("[web]\nproxy = 'http://proxy:3128'\n".to_owned(), false),
        ("[web]\nproxy = 'http://ada:hunter2@proxy:3128'\n".to_owned(), true),
    ] {
        for mode in [0o640, 0o604, 0o620] {
            configure(&school, &config);
            fs::set_permissions(school.path("attend.toml"), fs::Permissions::from_mode(mode)).unwrap();
            let said = school.session(&[TEST]);
            assert_eq!(
                said.contains("attend.toml is readable by other users"),
                refused,
                "{mode:o} {config}{said}"
            );
        }
    }
    insta::assert_snapshot!(school.session(&[TEST]), @"
    $ attend --config attend.toml notify test
    ! attend: attend.toml is readable by other users, so its secrets are exposed
    ! hint: chmod 600 attend.toml, then change the secrets
    [78]
    ");

    configure(&school, &format!("{}password_file = 'password'\n", mail.replace("127", "ada@127")));
    school.write("password", "hunter2\n");
    fs::set_permissions(school.path("password"), fs::Permissions::from_mode(0o640)).unwrap();
    insta::assert_snapshot!(school.session(&[TEST]), @"
    $ attend --config attend.toml notify test
    ! attend: attend.toml:4: mail.password_file: password is readable by other users, so its secrets are exposed
    ! hint: chmod 600 password, then change the secrets
    [78]
    ");
}

#[test]
fn a_pipe_in_place_of_a_named_file_is_refused_at_once() {
    let school = School::empty();
    ok(school.program("mkfifo").args(["-m", "600", "pipe"]));
    let mail = "[mail]\nurl = 'smtps://ada@127.0.0.1:1'\nfrom = 'a@b.example'\n";
    configure(&school, &format!("{mail}password_file = 'pipe'\n"));
    insta::assert_snapshot!(school.session(&[TEST]), @"
    $ attend --config attend.toml notify test
    ! attend: attend.toml:4: mail.password_file: cannot open pipe: it is a folder, a pipe or a device, not a file
    [78]
    ");
    configure(&school, &format!("{}ca_file = 'pipe'\n", mail.replace("ada@", "")));
    insta::assert_snapshot!(school.session(&[TEST]), @"
    $ attend --config attend.toml notify test
    ! attend: attend.toml:4: mail.ca_file: cannot open pipe: it is a folder, a pipe or a device, not a file
    [78]
    ");
}

#[test]
fn the_environment_wins_over_the_file() {
    let school = School::empty();
    let Some(smtp) = Server::smtp(&school, &["--login", "ada:s3cret/%"]) else { return };
    let web = Server::web(&school, &[]);
    configure(
        &school,
        "[mail]\nurl = 'smtps://nowhere.invalid'\nfrom = 'a@b.example'\nalerts_to = ['ada@b.example']\n\
         password_file = 'none'\n[slack]\nwebhook = 'https://nowhere.invalid'\n",
    );
    let mut command = school.command(&["--config", "attend.toml", "notify", "test"]);
    command.env("ATTEND_SMTP_URL", format!("smtp://ada:s3cret%2F%25@127.0.0.1:{}?tls=none", smtp.port));
    command.env("ATTEND_SLACK_WEBHOOK", format!("http://127.0.0.1:{}/services/x", web.port));
    assert_eq!(text(&output(&mut command).stderr), "sent: mail to ada@b.example\nsent: slack\n");
    assert_eq!((smtp.arrived().len(), web.arrived().len()), (1, 1));

    // Without a file: Slack needs nothing more, mail a sender.
    let alone = |name: &str, value: String| {
        text(&output(school.command(&["notify", "test"]).env(name, value)).stderr)
    };
    assert_eq!(alone("ATTEND_SLACK_WEBHOOK", format!("http://127.0.0.1:{}/x", web.port)), "sent: slack\n");
    let said = alone("ATTEND_SMTP_URL", "smtps://ada:hunter2@host".to_owned());
    assert!(said.starts_with("attend: attend.toml: mail.from is missing"), "{said}");
    let said = alone("ATTEND_SMTP_URL", "smtps//ada:hunter2@host".to_owned());
    assert!(said.starts_with("attend: ATTEND_SMTP_URL: ") && !said.contains("hunter2"), "{said}");
}

// TLS and logins

/// A mail server behind TLS with a login, and how it is configured.
fn guarded(school: &School, tls: &str) -> Option<(Server, String)> {
    if !authority(school) {
        return None;
    }
    let options =
        ["--tls", tls, "--cert", "localhost.pem", "--key", "localhost.key", "--login", "ada:hunter2"];
    let options = options.map(|option| match option.starts_with("localhost") {
        true => school.path(option).to_str().unwrap().to_owned(),
        false => option.to_owned(),
    });
    let smtp = Server::smtp(school, &options.each_ref().map(String::as_str))?;
    let scheme = if tls == "implicit" { "smtps" } else { "smtp" };
    let config = format!(
        "[mail]\nurl = '{scheme}://ada:hunter2@localhost:PORT'\nfrom = 'attend@school.example'\n\
         alerts_to = ['ada@school.example']\nca_file = 'ca.pem'\n"
    );
    Some((smtp, config))
}

#[test]
fn mail_goes_out_over_starttls_and_tls() {
    for tls in ["starttls", "implicit"] {
        let school = School::empty();
        let Some((smtp, config)) = guarded(&school, tls) else { return };
        assert!(test(&school, &config, smtp.port).ends_with("! sent: mail to ada@school.example\n"), "{tls}");
        assert_eq!(smtp.arrived().len(), 1, "{tls}");
        school.write("password", "hunter2\n");
        fs::set_permissions(school.path("password"), fs::Permissions::from_mode(0o600)).unwrap();
        let config = config.replace(":hunter2@", "@") + "password_file = 'password'\n";
        assert!(test(&school, &config, smtp.port).ends_with("! sent: mail to ada@school.example\n"), "{tls}");
    }
}

#[test]
fn an_untrusted_server_gets_nothing() {
    for tls in ["starttls", "implicit"] {
        let school = School::empty();
        let Some((smtp, config)) = guarded(&school, tls) else { return };
        let public = config.replace("ca_file = 'ca.pem'\n", "");
        let said = test(&school, &public, smtp.port);
        assert!(said.contains("invalid peer certificate: UnknownIssuer"), "{said}");
        assert!(
            said.contains("hint: to trust the certificate of a private authority, set ca_file"),
            "{said}"
        );
        let other_name = test(&school, &config.replace("localhost", "127.0.0.1"), smtp.port);
        assert!(other_name.contains("hint: the host in the url must be the one"), "{other_name}");
        assert_eq!(smtp.arrived(), [""; 0]);
    }
}

#[test]
fn mail_is_sent_without_tls_only_on_request() {
    let school = School::empty();
    let Some(smtp) = Server::smtp(&school, &[]) else { return };
    let config = plain_mail("ada");
    insta::assert_snapshot!(test(&school, &config.replace("?tls=none", ""), smtp.port), @"
    $ attend --config attend.toml notify test
    ! attend: the test did not arrive: mail to ada@school.example: STARTTLS is not supported on this server
    ! hint: use smtps:// for TLS from the first byte, or ?tls=none for a relay without TLS
    [74]
    ");
    assert_eq!(smtp.arrived(), [""; 0]);
    test(&school, &config, smtp.port);
    assert_eq!(smtp.arrived().len(), 1);
}

#[test]
fn a_refused_login_is_reported_as_a_wrong_password() {
    let school = School::empty();
    let Some((smtp, config)) = guarded(&school, "starttls") else { return };
    insta::assert_snapshot!(test(&school, &config.replace("hunter2", "hunter3"), smtp.port), @"
    $ attend --config attend.toml notify test
    ! attend: the test did not arrive: mail to ada@school.example: the server refused the login (535)
    ! hint: check the user and the password in mail.url; special characters are %-encoded
    [74]
    ");
    let nobody = test(&school, &config.replace("ada:hunter2@", ""), smtp.port);
    assert!(nobody.contains("the server said 530 5.7.0 Authentication required"), "{nobody}");
    let smtps = test(&school, &config.replace("smtp:", "smtps:"), smtp.port);
    assert!(smtps.contains("hint: use smtps:// for TLS from the first byte"), "{smtps}");
    assert_eq!(smtp.arrived(), [""; 0]);
}

// Servers that refuse, do not answer, or do not exist.

#[test]
fn answers_of_a_mail_server_are_passed_on() {
    let school = School::empty();
    let Some(smtp) = Server::smtp(&school, &[]) else { return };
    let said: String = ["later", "gone", "closing", "full", "refused"]
        .map(|to| test(&school, &plain_mail(to), smtp.port))
        .concat();
    insta::assert_snapshot!(said.replace(&format!("$ attend {TEST}\n"), ""), @"
    ! attend: the test did not arrive: mail to later@school.example: the server said 450 4.2.0 greylisted, come back
    ! hint: check where messages go in attend.toml
    [74]
    ! attend: the test did not arrive: mail to gone@school.example: the server said 550 5.1.1 no such user
    ! hint: check where messages go in attend.toml
    [74]
    ! attend: the test did not arrive: mail to closing@school.example: the server said 421 4.3.2 closing down
    ! hint: check where messages go in attend.toml
    [74]
    ! attend: the test did not arrive: mail to full@school.example: the server said 452 4.2.2 mailbox full
    ! hint: check where messages go in attend.toml
    [74]
    ! attend: the test did not arrive: mail to refused@school.example: the server said 554 5.7.1 content refused
    ! hint: check where messages go in attend.toml
    [74]
    ");
}

#[test]
fn one_bad_address_stops_no_other() {
    let school = School::empty();
    let Some(smtp) = Server::smtp(&school, &[]) else { return };
    let config = plain_mail("gone").replace("e']", "e', 'later@school.example', 'ada@school.example']");
    insta::assert_snapshot!(test(&school, &config, smtp.port), @"
    $ attend --config attend.toml notify test
    ! sent: mail to ada@school.example
    ! attend: the test did not arrive: mail to gone@school.example: the server said 550 5.1.1 no such user; mail to later@school.example: the server said 450 4.2.0 greylisted, come back
    ! hint: check where messages go in attend.toml
    [74]
    ");
    assert_eq!(smtp.envelopes(), ["attend@school.example ada@school.example"]);
}

#[test]
fn a_silent_server_times_out() {
    let school = School::empty();
    let (_listener, port) = silent();
    let mail = plain_mail("ada").replace("20s", "200ms").replace("e']", "e', 'office@school.example']");
    let slack = "[slack]\nwebhook = 'http://127.0.0.1:PORT/services/s3cret'\n[web]\ntimeout = '200ms'\n";
    insta::assert_snapshot!(test(&school, &(mail + slack), port), @"
    $ attend --config attend.toml notify test
    ! attend: the test did not arrive: mail to ada@school.example: no answer within 200ms; slack: no answer within 200ms
    ! hint: check where messages go in attend.toml
    [74]
    ");
}

/// No single answer takes long, but the whole conversation does.
#[test]
fn a_dripping_server_times_out() {
    let school = School::empty();
    let (listener, port) = silent();
    let drip = std::thread::spawn(move || {
        let mut caller = caller(&listener);
        while caller.write_all(b"220-\r\n").is_ok() {
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    let said = test(&school, &plain_mail("ada").replace("20s", "200ms"), port);
    assert!(said.contains("mail to ada@school.example: no answer within 200ms"), "{said}");
    drip.join().unwrap();
}

#[test]
fn a_closed_port_is_reported() {
    let school = School::empty();
    let slack = "[slack]\nwebhook = 'http://127.0.0.1:PORT/services/s3cret'\n";
    let closed = test(&school, &(plain_mail("ada") + slack), CLOSED);
    insta::assert_snapshot!(closed, @"
    $ attend --config attend.toml notify test
    ! attend: the test did not arrive: mail to ada@school.example: connection refused; slack: connection refused
    ! hint: check where messages go in attend.toml
    [74]
    ");
}

// Slack

#[test]
fn answers_of_slack_are_passed_on_without_pages() {
    let school = School::empty();
    let web = Server::web(&school, &[]);
    let mut said = String::new();
    for answer in [
        "404\n\nno_service",
        "403\n\ninvalid_token\n",
        "410\n\n<html>{path} is gone</html>",
        "400\n\n{path}",
        "429\nretry-after: 120\n\nrate_limited",
        "500\n\n",
        "302\nlocation: http://127.0.0.1:1/elsewhere\n\n",
    ] {
        web.answer(answer);
        let config = "[slack]\nwebhook = 'http://127.0.0.1:PORT/services/s3cret'\n";
        said += &test(&school, config, web.port).replace(&format!("$ attend {TEST}\n"), "");
    }
    assert!(!said.contains("s3cret"), "{said}");
    insta::assert_snapshot!(said.replace("! hint: check where messages go in attend.toml\n", ""), @"
    ! attend: the test did not arrive: slack: answered 404 (no_service)
    [74]
    ! attend: the test did not arrive: slack: answered 403 (invalid_token)
    [74]
    ! attend: the test did not arrive: slack: answered 410
    [74]
    ! attend: the test did not arrive: slack: answered 400
    [74]
    ! attend: the test did not arrive: slack: answered 429 (rate_limited)
    [74]
    ! attend: the test did not arrive: slack: answered 500
    [74]
    ! attend: the test did not arrive: slack: answered 302
    [74]
    ");
}

#[test]
fn slack_over_tls_trusts_the_configured_authority() {
    let school = School::empty();
    if !authority(&school) {
        return;
    }
    let [cert, key] = ["localhost.pem", "localhost.key"].map(|name| school.path(name).display().to_string());
    let web = Server::web(&school, &["--cert", &cert, "--key", &key]);
    let config = "[slack]\nwebhook = 'https://localhost:PORT/services/s3cret'\n";
    let public = test(&school, config, web.port);
    assert!(public.contains("slack: invalid peer certificate: UnknownIssuer"), "{public}");
    assert_eq!(web.arrived(), [""; 0]);
    let private = test(&school, &format!("{config}[web]\nca_file = 'ca.pem'\n"), web.port);
    assert!(private.ends_with("! sent: slack\n"), "{private}");
    assert_eq!(web.arrived().len(), 1);
}

#[test]
fn the_ping_asks_for_its_address() {
    let school = School::empty();
    let server = Server::web(&school, &[]);
    configure(&school, &format!("[alerts]\nping_url = 'http://127.0.0.1:{}/ping/s3cret'\n", server.port));
    let ping = config(&school).alerts.ping.unwrap();
    assert_eq!(web::ping(&ping), Delivery::Delivered);
    server.answer("503\n\n{path}");
    assert_eq!(web::ping(&ping), Delivery::Unreachable { trouble: "answered 503".into(), wait: None });
    assert_eq!(server.arrived(), ["", ""]);
}

#[test]
fn debug_output_of_the_configuration_hides_secrets() {
    let school = School::empty();
    configure(
        &school,
        "[mail]\nurl = 'smtps://ada:hunter2@host'\nfrom = 'a@b.example'\n[slack]\nwebhook = 'https://host/hunter2'\n\
         [alerts]\nping_url = 'https://host/hunter2'\n[web]\nproxy = 'http://ada:hunter2@proxy'\n",
    );
    let source = Source {
        file: Some(school.path("attend.toml")),
        smtp_url: Some(Secret::new("hunter2")),
        ..Source::default()
    };
    let shown = format!("{source:?} {:?}", config(&school));
    assert!(shown.contains("Secret(…)") && !shown.contains("hunter2"), "{shown}");
}

#[test]
fn the_proxy_of_the_file_is_used_and_none_of_the_environment() {
    let school = School::empty();
    let web = Server::web(&school, &[]);
    let proxy = Server::web(&school, &[]);
    proxy.answer("403\n\nno");
    configure(&school, &format!("[slack]\nwebhook = 'http://127.0.0.1:{}/x'\n", web.port));
    let mut command = school.command(&["--config", "attend.toml", "notify", "test"]);
    for name in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env(name, format!("http://127.0.0.1:{CLOSED}"));
    }
    assert_eq!(text(&output(&mut command).stderr), "sent: slack\n");
    let config = "[slack]\nwebhook = 'https://hooks.invalid/x'\n[web]\nproxy = 'http://127.0.0.1:PORT'\n";
    let said = test(&school, config, proxy.port);
    assert!(said.contains("slack: the proxy lets nothing through"), "{said}");
    assert_eq!(proxy.arrived().len(), 1);
}

#[test]
fn the_example_explains_every_key() {
    let example = fs::read_to_string(root().join("examples/config/attend.toml")).unwrap();
    // The example configures nothing. With every key uncommented it is valid, too.
    let whole: String = example
        .lines()
        .map(|line| {
            line.strip_prefix("#").filter(|rest| !rest.starts_with(' ')).unwrap_or(line).to_owned() + "\n"
        })
        .collect();
    let school = School::empty();
    school.write("password", "hunter2");
    school.write("school-ca.pem", "");
    for (config, expected) in [
        (&example, "no mail, Slack or webhook is configured"),
        (&whole, "school-ca.pem contains no certificates"),
    ] {
        configure(&school, config);
        fs::set_permissions(school.path("password"), fs::Permissions::from_mode(0o600)).unwrap();
        let said = school.session(&[TEST]);
        assert!(said.contains(expected), "{config}\n{said}");
    }
    for (file, first, end) in [
        ("src/notify/config.rs", "struct MailTable {", "impl Config"),
        ("src/notify/webhook.rs", "struct Table {", "\n}\n"),
    ] {
        let source = fs::read_to_string(root().join(file)).unwrap();
        let (_, tables) = source.split_once(first).unwrap();
        let (tables, _) = tables.split_once(end).unwrap();
        let keys = tables
            .lines()
            .filter_map(|line| line.trim().strip_suffix(',')?.split_once(": ").map(|(key, _)| key));
        for key in keys.filter(|key| !key.starts_with('#')) {
            assert!(example.contains(&format!("\n#{key} = ")), "{key} is not in the example");
        }
    }
}
