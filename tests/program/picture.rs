//! The picture as a browser draws it: nothing overlaps, everything is inside and in the middle, and all can be read, in light
//! and dark. All pictures are measured by one start of Chromium.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::support::Project;

/// A page that draws each picture, measures all that is in it, and writes that down as JSON.
const PAGE: &str = r#"<!doctype html>
<meta charset="utf-8">
<body>
<script>
const measured = PICTURES.map(([name, text]) => {
  const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
  const svg = document.importNode(parsed.documentElement, true);
  document.body.replaceChildren(svg);
  const rules = [...document.styleSheets].flatMap(sheet => [...sheet.cssRules]).filter(rule => rule.media);
  const conditions = rules.map(rule => rule.media.mediaText);
  const colours = dark => {
    rules.forEach(rule => { rule.media.mediaText = dark ? 'all' : 'not all'; });
    return shapes.map(shape => [getComputedStyle(shape).fill, getComputedStyle(shape).stroke]);
  };
  const shapes = [...svg.querySelectorAll('rect, text, circle, polyline')];
  const light = colours(false), dark = colours(true);
  return {
    name, conditions,
    width: svg.width.baseVal.value, height: svg.height.baseVal.value,
    shapes: shapes.map((shape, index) => {
      const box = shape.getBBox();
      return {
        tag: shape.tagName, class: shape.getAttribute('class') || '', text: shape.firstChild ? shape.firstChild.data || '' : '',
        box: [box.x, box.y, box.width, box.height], size: parseFloat(getComputedStyle(shape).fontSize),
        points: shape.points ? [...shape.points].map(point => [point.x, point.y]) : [],
        light: light[index], dark: dark[index],
      };
    }),
  };
});
const pre = document.createElement('pre');
pre.textContent = 'measured:' + JSON.stringify(measured) + ':end';
document.body.replaceChildren(pre);
</script>
"#;

/// How wide a page shows a picture, and the smallest letters that can be read there.
const SHOWN_WIDTH: f64 = 800.0;
const SMALLEST: f64 = 10.0;
/// What WCAG asks of text, and of what has to be told from what is around it.
const TEXT_CONTRAST: f64 = 4.5;
const EDGE_CONTRAST: f64 = 3.0;

/// Slow machines take minutes to start a browser.
const PATIENCE: Duration = Duration::from_secs(300);

#[derive(Debug, Deserialize)]
struct Picture {
    name: String,
    conditions: Vec<String>,
    width: f64,
    height: f64,
    shapes: Vec<Shape>,
}

#[derive(Debug, Deserialize)]
struct Shape {
    tag: String,
    class: String,
    text: String,
    /// Left, top, width, height.
    #[serde(rename = "box")]
    area: [f64; 4],
    size: f64,
    points: Vec<[f64; 2]>,
    /// Inside and edge.
    light: [String; 2],
    dark: [String; 2],
}

/// A network of so many guests, with all that a picture can show of one.
fn document(guests: usize, terms: &str, services: &str) -> String {
    let rows = (0..guests).fold(String::new(), |mut rows, index| {
        let _ = writeln!(rows, "| node-{index} | 10.42.{}.{} | tap{index} |", index / 200, index % 200 + 10);
        rows
    });
    let published =
        "| Publish | Guest | Port |\n|--+--+--|\n| 8443/tcp | node-0 | 443 |\n| 127.0.0.1:2222 | node-0 | 22 |\n";
    format!(
        "* Network\n- Name :: =qvm0=\n- Subnet :: 10.42.0.1/16\n{terms}\n| Guest | IP | TAP |\n|--+--+--|\n{rows}\n{services}\n{published}"
    )
}

const SERVICES: &str = "\
| Service | IP | Port | Interface |
|--+--+--+--|
| Gateway | 10.42.0.1 | | qvm0 |
|--+--+--+--|
| DHCP | 10.42.0.2 | | veth0 |
| DNS | | 5300 | |
| NFS | | | |
| cloud-init | | | |
";

const MORE_SERVICES: &str = "\
|--+--+--+--|
| =web/api 2+= | 10.42.0.3 | 80 | veth1 |
|--+--+--+--|
| =a service with a name that is far too long for any picture= | 10.42.0.4 | 81 | veth2 |
|--+--+--+--|
| other | 10.42.0.5 | 82 | interface-xxxx3 |
";

const TERMS: &str = "\
- Subnet6 :: fd42:42::1/64
- Reserved :: 10.42.9.0-10.42.9.99
- DHCP range :: 10.42.8.10-10.42.8.99
- Cluster services :: 10.96.0.0/12
- MTU :: 1400
";

/// Networks with two machines in several of them, and routes.
const SEVERAL: &str = "\
* Lab 7
- Name :: lab7
- Subnet :: 10.7.0.1/24

| Guest | IP | TAP |
|--+--+--|
| web | 10.7.0.6 | l7web |
| gw | 10.7.0.5 | l7gw |
| fw | 10.7.0.4 | l7fw |
* Lab 8
- Name :: lab8
- Subnet :: 10.8.0.1/24
- Subnet6 :: fd42:8::1/64
- Route to :: lab7

| Guest | IP | TAP |
|--+--+--|
| db | 10.8.0.6 | l8db |
| gw | 10.8.0.5 | l8gw |
| fw | 10.8.0.4 | l8fw |

| Service | IP | Port | Interface |
|--+--+--+--|
| DHCP | 10.8.0.2 | | veth0 |
* Lab 9
- Name :: lab9
- Subnet :: 10.9.0.1/24
- Route to :: lab7

| Guest | IP | TAP |
|--+--+--|
| mail | 10.9.0.6 | l9mail |
| gw | 10.9.0.5 | l9gw |
";

fn drawn(document: &str) -> String {
    let project = Project::new().file("n.org", document);
    let ran = project.run(&["show", "graph", "--quiet", "n.org"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    ran.out
}

fn pictures() -> Vec<(String, String)> {
    let mut pictures: Vec<(String, String)> = [1, 3, 12, 20, 21, 60, 200]
        .into_iter()
        .map(|guests| (format!("{guests} guests"), drawn(&document(guests, "", SERVICES))))
        .collect();
    let more = format!("{SERVICES}{MORE_SERVICES}");
    for guests in [3, 12, 60] {
        let long = document(guests, TERMS, &more)
            .replace("node-", "node-of-a-cluster-with-a-name-that-has-no-end-")
            .replace("| tap", "| qvm0-long-tap");
        pictures.push((format!("{guests} guests, IPv6"), drawn(&document(guests, TERMS, &more))));
        pictures.push((format!("{guests} guests, long names"), drawn(&long)));
    }
    pictures.push(("no services".to_owned(), drawn(&document(2, "", ""))));
    pictures.push(("three networks".to_owned(), drawn(SEVERAL)));
    pictures
}

/// What a browser says of the pictures.
fn measure(pictures: &[(String, String)]) -> Vec<Picture> {
    let folder = tempfile::tempdir().unwrap();
    let (page, out) = (folder.path().join("page.html"), folder.path().join("out"));
    let pictures = serde_json::to_string(pictures).unwrap().replace('<', "\\u003c");
    fs::write(&page, PAGE.replace("PICTURES", &pictures)).unwrap();
    let mut chromium = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage"])
        .args(["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .arg("--dump-dom")
        .arg(format!("file://{}", page.display()))
        .stdin(Stdio::null())
        .stdout(File::create(&out).unwrap())
        .stderr(Stdio::null())
        .spawn()
        .expect("chromium starts");
    let started = Instant::now();
    while chromium.try_wait().unwrap().is_none() {
        if started.elapsed() > PATIENCE {
            let _ = chromium.kill();
        }
        thread::sleep(Duration::from_millis(50));
    }
    let dom = fs::read_to_string(&out).unwrap();
    let measured = dom.split_once("measured:").and_then(|(_, rest)| rest.split_once(":end</pre>"));
    assert!(measured.is_some(), "the browser has measured nothing: {dom:.2000}");
    let measured = measured.unwrap().0.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    serde_json::from_str(&measured).unwrap()
}

impl Shape {
    fn left(&self) -> f64 {
        self.area[0]
    }

    fn right(&self) -> f64 {
        self.area[0] + self.area[2]
    }

    fn top(&self) -> f64 {
        self.area[1]
    }

    fn bottom(&self) -> f64 {
        self.area[1] + self.area[3]
    }

    fn middle(&self) -> f64 {
        self.area[0] + self.area[2] / 2.0
    }

    fn is(&self, class: &str) -> bool {
        self.class.split(' ').any(|own| own == class)
    }

    fn overlaps(&self, other: &Self) -> bool {
        let by = |from: f64, to: f64, start: f64, end: f64| to.min(end) - from.max(start) > 0.5;
        by(self.left(), self.right(), other.left(), other.right())
            && by(self.top(), self.bottom(), other.top(), other.bottom())
    }

    fn contains(&self, other: &Self) -> bool {
        self.left() <= other.left() + 0.5
            && self.right() >= other.right() - 0.5
            && self.top() <= other.top() + 0.5
            && self.bottom() >= other.bottom() - 0.5
    }

    /// Whether one of its lines, all of which are level or upright, passes through a box that is smaller by this much.
    fn passes(&self, other: &Self, by: f64) -> bool {
        self.points.windows(2).any(|ends| {
            let [[x, y], [x2, y2]] = [ends[0], ends[1]];
            x.max(x2) > other.left() + by
                && x.min(x2) < other.right() - by
                && y.max(y2) > other.top() + by
                && y.min(y2) < other.bottom() - by
        })
    }

    fn shown(&self) -> String {
        let [left, top, width, height] = self.area;
        format!("{} {:?} {:?} at {left:.0},{top:.0} {width:.0}x{height:.0}", self.tag, self.class, self.text)
    }
}

/// How bright a colour is, as WCAG counts it; nothing for none.
fn luminance(colour: &str) -> Option<f64> {
    let parts: Vec<f64> =
        colour.strip_prefix("rgb(")?.strip_suffix(')')?.split(", ").map(|part| part.parse().unwrap()).collect();
    let linear = |part: f64| {
        let part = part / 255.0;
        if part <= 0.03928 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    Some(0.2126 * linear(parts[0]) + 0.7152 * linear(parts[1]) + 0.0722 * linear(parts[2]))
}

fn contrast(one: f64, other: f64) -> f64 {
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// Everything that is wrong with a picture.
fn faults(picture: &Picture) -> Vec<String> {
    let mut faults = Vec::new();
    let of = |tag: &'static str| picture.shapes.iter().filter(move |shape| shape.tag == tag);
    let frame = [0.0, 0.0, picture.width, picture.height];
    for shape in &picture.shapes {
        let [left, top, right, bottom] = [shape.left(), shape.top(), shape.right(), shape.bottom()];
        if left < frame[0] || top < frame[1] || right > frame[2] || bottom > frame[3] {
            faults.push(format!("outside: {}", shape.shown()));
        }
    }
    let texts: Vec<&Shape> = of("text").collect();
    let boxes: Vec<&Shape> = of("rect").collect();
    for (index, text) in texts.iter().enumerate() {
        for other in texts[index + 1..].iter().filter(|other| text.overlaps(other)) {
            faults.push(format!("texts overlap: {} and {}", text.shown(), other.shown()));
        }
        for (below, area) in boxes.iter().enumerate().filter(|(_, area)| area.overlaps(text) && !area.contains(text)) {
            // A box above may cover the edge: the host's frame is behind its name.
            if !boxes[below + 1..].iter().any(|above| above.contains(text)) {
                faults.push(format!("half inside: {} and {}", text.shown(), area.shown()));
            }
        }
        for wire in of("polyline").filter(|wire| wire.passes(text, 0.0)) {
            faults.push(format!("struck through: {} by {:?}", text.shown(), wire.points));
        }
        let shown = text.size * (SHOWN_WIDTH / picture.width).min(1.0);
        if shown < SMALLEST {
            faults.push(format!("{shown:.1} pixels high: {}", text.shown()));
        }
    }
    for (index, area) in boxes.iter().enumerate() {
        let others = boxes[index + 1..].iter();
        // The tab is what the host's frame is called by, and lies on its edge.
        let clash =
            |other: &&&Shape| area.overlaps(other) && !area.contains(other) && !(area.is("host") && other.is("tab"));
        for other in others.filter(clash) {
            faults.push(format!("boxes overlap: {} and {}", area.shown(), other.shown()));
        }
        let is_solid = area.is("card") || area.is("chip") || area.is("row") || area.is("stripe");
        for wire in of("polyline").filter(|wire| is_solid && wire.passes(area, 1.0)) {
            faults.push(format!("crossed: {} by {:?}", area.shown(), wire.points));
        }
        let is_central = ["outside", "tab", "host", "namespace", "switch"].iter().any(|class| area.is(class));
        if is_central && (area.middle() - picture.width / 2.0).abs() > 0.5 {
            faults.push(format!("off the middle: {}", area.shown()));
        }
    }
    faults.extend(unbalanced(picture, &boxes));
    faults.extend(pale(picture));
    faults
}

/// Rows of guests' boxes that are not around the middle.
fn unbalanced(picture: &Picture, boxes: &[&Shape]) -> Vec<String> {
    let guests: Vec<&&Shape> = boxes.iter().filter(|area| area.is("guest")).collect();
    let in_row = |top: f64| guests.iter().filter(move |area| (area.top() - top).abs() < 0.5);
    let off = |area: &&&&Shape| {
        let left = in_row(area.top()).map(|area| area.left()).fold(f64::MAX, f64::min);
        let right = in_row(area.top()).map(|area| area.right()).fold(0.0, f64::max);
        (left + right - picture.width).abs() > 1.0
    };
    guests.iter().filter(off).map(|area| format!("row off the middle: {}", area.shown())).collect()
}

/// What cannot be told from what is behind it, in light or dark.
fn pale(picture: &Picture) -> Vec<String> {
    let mut faults = Vec::new();
    for (scheme, colours) in [("light", 0), ("dark", 1)] {
        let colours = |shape: &Shape| if colours == 0 { shape.light.clone() } else { shape.dark.clone() };
        for (index, shape) in picture.shapes.iter().enumerate() {
            let mut behind =
                picture.shapes[..index].iter().rev().filter(|area| area.tag == "rect" && area.contains(shape));
            let behind = behind.find_map(|area| luminance(&colours(area)[0]));
            let wanted = match shape.tag.as_str() {
                "text" => Some((luminance(&colours(shape)[0]), TEXT_CONTRAST)),
                "rect" if shape.is("card") => Some((luminance(&colours(shape)[1]), EDGE_CONTRAST)),
                "polyline" => Some((luminance(&colours(shape)[1]), EDGE_CONTRAST)),
                _ => None,
            };
            if let (Some(behind), Some((Some(own), least))) = (behind, wanted)
                && contrast(own, behind) < least
            {
                faults.push(format!("pale in {scheme} ({:.1}): {}", contrast(own, behind), shape.shown()));
            }
        }
    }
    faults
}

#[test]
fn a_browser_draws_pictures_that_can_be_read() {
    let mut pictures = pictures();
    // What is wrong on purpose shows that the measures are taken.
    let good = pictures[1].1.clone();
    let spoilt: [(&str, &str, &str); 6] = [
        ("texts overlap", "font-size: 12px", "font-size: 24px"),
        ("half inside", "font-size: 14px", "font-size: 90px"),
        ("pixels high", "font-size: 12px", "font-size: 9px"),
        ("pale in light", "fill: #59636e", "fill: #d0d0d0"),
        ("pale in dark", "fill: #9ea7b3", "fill: #30363d"),
        ("off the middle", "class=\"outside\" x=\"", "class=\"outside\" x=\"1"),
    ];
    for (fault, from, to) in spoilt {
        let picture = good.replace(from, to);
        assert_ne!(picture, good, "{from}");
        pictures.push((format!("spoilt: {fault}"), picture));
    }
    let measured = measure(&pictures);
    assert_eq!(measured.len(), pictures.len());
    let mut wrong = Vec::new();
    for picture in &measured {
        assert_eq!(picture.conditions, ["(prefers-color-scheme: dark)"]);
        assert!(picture.shapes.iter().filter(|shape| shape.tag == "text").count() > 5, "{}", picture.name);
        let faults = faults(picture);
        match picture.name.strip_prefix("spoilt: ") {
            Some(fault) => {
                assert!(faults.iter().any(|found| found.contains(fault)), "not found: {fault}: {faults:#?}");
            }
            None => wrong.extend(faults.into_iter().map(|fault| format!("{}: {fault}", picture.name))),
        }
    }
    wrong.truncate(60);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
