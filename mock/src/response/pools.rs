//! The texts that items are made of.

use super::Population;
use super::draft::{EXTRA_VALUES, POOL};
use super::json::Json;
use super::random::Random;

/// The spellings of `prevent_purge`; the even ones mean no, the odd ones yes.
pub(crate) const PURGES: [Spelling; 8] = [
    Spelling::Text("No"),
    Spelling::Text("Yes"),
    Spelling::Text("Não"),
    Spelling::Text("Sim"),
    Spelling::Bool(false),
    Spelling::Bool(true),
    Spelling::Number(0),
    Spelling::Number(1),
];

/// One way to say yes or no.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Spelling {
    Text(&'static str),
    Bool(bool),
    Number(i64),
}

impl Spelling {
    pub(crate) fn to_json(self) -> Json {
        match self {
            Self::Text(text) => Json::text(text),
            Self::Bool(flag) => Json::Bool(flag),
            Self::Number(number) => Json::Number(number),
        }
    }
}

/// A protocol, the proxy it went through, and the port of the device.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Connection {
    pub(crate) protocol: &'static str,
    pub(crate) proxy: &'static str,
    pub(crate) port: u16,
}

/// Everything textual about a population.
#[derive(Debug)]
pub(crate) struct Pools {
    pub(crate) users: Vec<Option<String>>,
    pub(crate) credentials: Vec<Option<String>>,
    pub(crate) hosts: Vec<String>,
    pub(crate) connections: Vec<Connection>,
    pub(crate) extras: Vec<(&'static str, Vec<Json>)>,
}

impl Pools {
    pub(crate) fn new(population: Population, international: bool) -> Self {
        let words = if international { &WORLD } else { &ASCII };
        let pool = |salt: u64| (0..POOL).map(move |i| (i, Random::new(salt, i as u64)));
        match population {
            Population::Uniform => Self {
                users: pool(1).map(|(i, _)| Some(format!("{}{i:03}", words.operator))).collect(),
                credentials: pool(2).map(|(i, _)| Some(format!("{}{i:03}", words.account))).collect(),
                hosts: pool(3).map(|(i, _)| format!("{}{i:03}", words.node)).collect(),
                connections: connections(&EQUAL_CONNECTIONS),
                extras: Vec::new(),
            },
            Population::Varied => Self {
                users: pool(11).map(|(i, mut r)| words.user(i, &mut r, 2)).collect(),
                credentials: pool(12).map(|(i, mut r)| words.credential(i, &mut r, 3)).collect(),
                hosts: pool(13).map(|(i, mut r)| words.host(i, &mut r)).collect(),
                connections: connections(&CONNECTIONS),
                extras: extras(words, &["workspace", "labels", "audit"]),
            },
            Population::Wide => Self {
                users: pool(21).map(|(i, mut r)| words.user(i, &mut r, 40)).collect(),
                credentials: pool(22).map(|(i, mut r)| words.credential(i, &mut r, 25)).collect(),
                hosts: pool(23).map(|(i, mut r)| words.host(i, &mut r)).collect(),
                connections: connections(&CONNECTIONS),
                extras: extras(words, &["audit", "score", "labels", "recorded", "workspace", "site"]),
            },
        }
    }
}

struct Words {
    first: &'static [&'static str],
    last: &'static [&'static str],
    hosts: &'static [&'static str],
    domains: &'static [&'static str],
    notes: &'static [&'static str],
    operator: &'static str,
    account: &'static str,
    node: &'static str,
}

impl Words {
    /// `nulls` and a few long names among the pool's entries; the others are built like real ones.
    fn user(&self, i: usize, random: &mut Random, nulls: usize) -> Option<String> {
        let first = choose(self.first, random);
        let last = choose(self.last, random);
        if i < nulls {
            return None;
        }
        Some(match random.below(12) {
            _ if i >= POOL - 4 => self.long(i, random),
            0 => "Admin".to_owned(),
            1 => format!("CORP\\{first}"),
            2 | 3 => format!("{first}.{last}@{}", choose(self.domains, random)),
            4 | 5 => format!("{first} {last}"),
            6 => format!("{first}{}", random.below(100)),
            _ => format!("{first}.{last}"),
        })
    }

    fn credential(&self, i: usize, random: &mut Random, nulls: usize) -> Option<String> {
        let last = choose(self.last, random);
        if i < nulls {
            return None;
        }
        Some(match random.below(10) {
            _ if i >= POOL - 2 => self.long(i, random),
            0 => "root".to_owned(),
            1 => "Administrator".to_owned(),
            2 => format!("usrdomadm{:02}", random.below(40)),
            3 => format!("svc_{last}"),
            4 => format!("CORP\\adm-{last}"),
            5 => format!("{last}-adm"),
            _ => format!("usr{last}{:03}", random.below(1000)),
        })
    }

    fn host(&self, i: usize, random: &mut Random) -> String {
        let host = choose(self.hosts, random);
        let domain = choose(self.domains, random);
        match random.below(8) {
            _ if i >= POOL - 2 => self.long(i, random),
            0 | 1 => host.to_owned(),
            2..=4 => format!("{host}-{:02}", random.below(100)),
            _ => format!("{host}{:02}.{domain}", random.below(100)),
        }
    }

    /// A text of 100 to 400 bytes.
    fn long(&self, i: usize, random: &mut Random) -> String {
        let mut text = format!("group-{i}");
        let length = 100 + random.below(200) as usize;
        while text.len() < length {
            text.push('.');
            text.push_str(choose(self.last, random));
        }
        text
    }
}

fn choose<'w>(words: &[&'w str], random: &mut Random) -> &'w str {
    words[random.below(words.len() as u32) as usize]
}

fn connections(kinds: &[(&'static str, &'static str, u16)]) -> Vec<Connection> {
    kinds.iter().map(|&(protocol, proxy, port)| Connection { protocol, proxy, port }).collect()
}

fn extras(words: &Words, names: &[&'static str]) -> Vec<(&'static str, Vec<Json>)> {
    let values = |name: &str| {
        (0..EXTRA_VALUES).map(|i| words.extra(name, i, &mut Random::new(31, i as u64))).collect()
    };
    names.iter().map(|&name| (name, values(name))).collect()
}

impl Words {
    /// A value that a hasty parser trips over: nested members with the names of an envelope, brackets in texts.
    fn extra(&self, name: &str, i: usize, random: &mut Random) -> Json {
        let number = i64::from(random.below(1000));
        let note = choose(self.notes, random);
        match name {
            "score" if i.is_multiple_of(3) => Json::Null,
            "score" => Json::Number(number - 500),
            "recorded" => Json::Bool(i.is_multiple_of(2)),
            "site" => Json::text(choose(self.domains, random)),
            "labels" => Json::List((0..i % 4).map(|_| Json::text(choose(self.last, random))).collect()),
            "workspace" => Json::Object(vec![
                ("id", Json::Number(number)),
                ("code", Json::Number(404)),
                ("remote_sessions", Json::List(vec![Json::Object(vec![("id", Json::text("1"))])])),
                ("note", Json::text(note)),
            ]),
            _ => Json::Object(vec![
                ("by", Json::text(choose(self.first, random))),
                ("note", Json::text(note)),
                (
                    "steps",
                    Json::List(vec![
                        Json::List(vec![Json::List(vec![]), Json::Object(vec![])]),
                        Json::Number(number),
                        Json::Null,
                    ]),
                ),
            ]),
        }
    }
}

const ASCII: Words = Words {
    first: &[
        "ana", "bruno", "carla", "daniel", "elena", "felipe", "grace", "hugo", "ines", "john", "karen",
        "luis", "maria", "nadia", "oscar", "paula",
    ],
    last: &[
        "silva", "souza", "costa", "pereira", "smith", "jones", "garcia", "rossi", "weber", "novak", "kim",
        "tanaka", "lima", "alves", "dba", "backup",
    ],
    hosts: &[
        "srv-db", "srv-web", "dc", "fw-edge", "sw-core", "jump", "erp-app", "files", "mail", "build",
        "k8s-node", "backup",
    ],
    domains: &["corp.example", "dmz.corp.example", "br.corp.example", "lab.example.net"],
    notes: &[
        "opened by schedule",
        "closes } and ] but not the item",
        "said \"fine\", path C:\\temp\\",
        "\\\\",
        "",
    ],
    operator: "operator",
    account: "svc-account-",
    node: "node-",
};

const WORLD: Words = Words {
    first: &[
        "joão",
        "andré",
        "łukasz",
        "zoë",
        "jürgen",
        "søren",
        "nuño",
        "мария",
        "ολγα",
        "山田",
        "秀英",
        "민준",
        "عمر",
        "bjørk",
        "ana",
        "🚀bot",
    ],
    last: &[
        "conceição",
        "gonçalves",
        "żółć",
        "müller",
        "straße",
        "иванова",
        "παπάς",
        "太郎",
        "伟",
        "서연",
        "محمد",
        "silva",
        "n/a",
        "ti/infra",
        "😀👍🏽",
        "o’neil",
    ],
    hosts: &[
        "srv-são-paulo/db",
        "nó-brasília",
        "東京/web",
        "сервер",
        "vm/łódź",
        "jump🔒",
        "srv/web",
        "données",
    ],
    domains: &["corp.example", "münchen.example", "例え.example", "br.corp.example/ti"],
    notes: &[
        "aberto às 9h — agenda/diária",
        "fecha } e ] mas não o item",
        "disse \"ótimo\", caminho C:\\temp\\",
        "\u{7f}\u{2028}🚀/🚀",
        "",
    ],
    operator: "usuário/",
    account: "serviço-",
    node: "nó/東京-",
};

/// Repeated in proportion to how often they occur.
const CONNECTIONS: [(&str, &str, u16); 20] = [
    ("rdp", "Web Proxy", 3389),
    ("rdp", "Web Proxy", 3389),
    ("rdp", "Web Proxy", 3389),
    ("rdp", "RDP Proxy", 3389),
    ("rdp", "RDP Proxy", 3389),
    ("rdp", "RDP Proxy", 3389),
    ("ssh", "Web Proxy", 22),
    ("ssh", "Web Proxy", 22),
    ("ssh", "Terminal Proxy", 22),
    ("ssh", "Terminal Proxy", 22),
    ("ssh", "Terminal Proxy", 22),
    ("ssh", "SSH Tunneling", 2222),
    ("telnet", "Terminal Proxy", 23),
    ("vnc", "Web Proxy", 5900),
    ("http", "Web Proxy", 8080),
    ("https", "Web Proxy", 443),
    ("https", "Web Proxy", 8443),
    ("mysql", "Database Proxy", 3306),
    ("sql", "Database Proxy", 1433),
    ("x11", "SSH Tunneling", 6000),
];

const EQUAL_CONNECTIONS: [(&str, &str, u16); 3] =
    [("rdp", "Web Proxy", 3389), ("rdp", "RDP Proxy", 3389), ("ssh", "Web Proxy", 2222)];
