//! Just enough to draw.

use std::fmt::Write;

/// Colours that are told apart by those who do not see red and green, too.
pub mod colour {
    pub const INK: &str = "#222222";
    pub const FAINT_INK: &str = "#666666";
    pub const GRID: &str = "#d0d0d0";
    pub const PALE: &str = "#eeeeee";
    pub const DARK: &str = "#3a3a3a";
    pub const WHITE: &str = "#ffffff";
    pub const BLUE: &str = "#0072b2";
    pub const PALE_BLUE: &str = "#a6cfe8";
    pub const ORANGE: &str = "#e69f00";
    pub const GREEN: &str = "#009e73";
    pub const YELLOW: &str = "#f0e442";
    pub const RED: &str = "#d55e00";
    pub const PINK: &str = "#cc79a7";
}

/// Where a text is in relation to its point.
#[derive(Clone, Copy)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// A box.
#[derive(Clone, Copy)]
pub struct Area {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl Area {
    pub fn new(x: f64, y: f64, width: f64, height: f64) -> Self {
        Self { x, y, width, height }
    }
}

/// A picture that is being drawn.
#[derive(Default)]
pub struct Picture {
    body: String,
}

impl Picture {
    pub fn area(&mut self, at: Area, fill: &str) {
        self.add(&format!("<rect {} fill=\"{fill}\"/>", geometry(at)));
    }

    pub fn outlined(&mut self, at: Area, fill: &str, stroke: &str) {
        let (at, line) = (geometry(at), "stroke-width=\"1\"");
        self.add(&format!("<rect {at} fill=\"{fill}\" stroke=\"{stroke}\" {line}/>"));
    }

    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: &str, width: f64) {
        self.add(&format!(
            "<line x1=\"{:.2}\" y1=\"{:.2}\" x2=\"{:.2}\" y2=\"{:.2}\" stroke=\"{stroke}\" \
             stroke-width=\"{width}\"/>",
            from.0, from.1, to.0, to.1
        ));
    }

    /// A closed shape.
    pub fn shape(&mut self, points: &[(f64, f64)], fill: &str) {
        let points: Vec<_> = points.iter().map(|(x, y)| format!("{x:.2},{y:.2}")).collect();
        self.add(&format!("<polygon points=\"{}\" fill=\"{fill}\"/>", points.join(" ")));
    }

    pub fn circle(&mut self, x: f64, y: f64, radius: f64, fill: &str) {
        self.add(&format!("<circle cx=\"{x:.2}\" cy=\"{y:.2}\" r=\"{radius}\" fill=\"{fill}\"/>"));
    }

    pub fn text(&mut self, at: (f64, f64), anchor: Anchor, size: f64, fill: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        self.add(&format!(
            "<text x=\"{:.2}\" y=\"{:.2}\" text-anchor=\"{anchor}\" font-size=\"{size}\" \
             fill=\"{fill}\">{text}</text>",
            at.0, at.1
        ));
    }

    /// A title, and below it what is shown.
    pub fn head(&mut self, x: f64, title: &str, below: &str) {
        self.text((x, 34.0), Anchor::Start, 20.0, colour::INK, title);
        self.text((x, 56.0), Anchor::Start, 13.0, colour::FAINT_INK, below);
    }

    fn add(&mut self, element: &str) {
        self.body.push_str(element);
        self.body.push('\n');
    }

    /// The file, for a picture of this size.
    pub fn finish(self, width: f64, height: f64) -> String {
        let mut file = String::new();
        // Writing to a string does not fail.
        let _ = write!(
            file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
             viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"Helvetica, Arial, sans-serif\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"{}\"/>\n{}</svg>\n",
            colour::WHITE,
            self.body
        );
        file
    }
}

fn geometry(at: Area) -> String {
    let Area { x, y, width, height } = at;
    format!("x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{height:.2}\"")
}
