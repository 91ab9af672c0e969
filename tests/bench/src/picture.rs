//! Pictures for the documentation, as SVG.

use std::{fs, io};

use anyhow::{Context as _, Result};
use plotters::{
    coord::Shift,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use crate::{peers::PEERS, places::Places, report::whole, spread::Spread};

const FONT: &str = "sans-serif";
const WIDTH: u32 = 820;

/// Colours that stay apart for people who see few of them.
const COLOURS: [RGBColor; 8] = [
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(80, 80, 80),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(213, 94, 0),
    RGBColor(0, 114, 178),
    RGBColor(148, 103, 189),
];

type Canvas<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), DrawingAreaErrorKind<io::Error>>;

/// What the axes stand for, with units.
#[derive(Clone, Copy)]
pub(crate) struct Axes {
    pub(crate) x: &'static str,
    pub(crate) y: &'static str,
}

/// A peer's line.
pub(crate) struct Line {
    pub(crate) peer: &'static str,
    pub(crate) points: Vec<(f64, f64)>,
}

/// Bars that belong together.
pub(crate) struct Group {
    pub(crate) title: String,
    /// From the top down.
    pub(crate) bars: Vec<(&'static str, Spread)>,
}

/// Draws lines on logarithmic axes.
pub(crate) fn lines(name: &str, axes: Axes, lines: &[Line], places: &Places) -> Result<()> {
    draw(name, (WIDTH, 460), places, |canvas| {
        let points = || lines.iter().flat_map(|line| &line.points);
        let (x, y) = (
            range(points().map(|point| point.0)),
            range(points().map(|point| point.1)),
        );
        let mut chart = ChartBuilder::on(canvas)
            .margin(12)
            .x_label_area_size(44)
            .y_label_area_size(64)
            .build_cartesian_2d((x.0..x.1).log_scale(), (y.0 / 1.5..y.1 * 1.5).log_scale())?;
        chart
            .configure_mesh()
            .x_desc(axes.x)
            .y_desc(axes.y)
            .axis_desc_style((FONT, 16))
            .label_style((FONT, 14))
            .x_label_formatter(&|x| whole(*x))
            .y_label_formatter(&|y| whole(*y))
            .light_line_style(RGBColor(238, 238, 238))
            .draw()?;
        for line in lines {
            let colour = colour(line.peer);
            let drawn = chart.draw_series(
                LineSeries::new(line.points.iter().copied(), colour.stroke_width(3)).point_size(4),
            )?;
            drawn.label(line.peer).legend(move |(x, y)| {
                PathElement::new([(x, y), (x + 22, y)], colour.stroke_width(3))
            });
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .label_font((FONT, 15))
            .background_style(WHITE.mix(0.9))
            .border_style(RGBColor(200, 200, 200))
            .legend_area_size(30)
            .draw()
    })
}

/// Draws groups of horizontal bars, one below the other, each bar with its range.
pub(crate) fn bars(name: &str, title: &str, groups: &[Group], places: &Places) -> Result<()> {
    let longest = groups
        .iter()
        .flat_map(|group| &group.bars)
        .map(|(_, times)| times.max)
        .fold(1.0, f64::max);
    let height = 60
        + groups
            .iter()
            .map(|group| 50 + ROW * group.bars.len() as i32)
            .sum::<i32>();
    draw(name, (WIDTH, height.unsigned_abs()), places, |canvas| {
        canvas.draw(&Text::new(title, (20, 20), (FONT, 20)))?;
        let mut y = 60;
        for group in groups {
            canvas.draw(&Text::new(group.title.as_str(), (20, y), (FONT, 16)))?;
            y += 28;
            for &(peer, times) in &group.bars {
                bar(canvas, y, longest, peer, times)?;
                y += ROW;
            }
            y += 22;
        }
        Ok(())
    })
}

/// Height of a bar and the space below it, in pixels.
const ROW: i32 = 30;
/// Where bars begin, and how long the longest one is.
const BARS: (i32, f64) = (160, 480.0);

fn bar(canvas: &Canvas<'_>, y: i32, longest: f64, peer: &str, times: Spread) -> Drawn {
    let at = |value: f64| BARS.0 + (BARS.1 * value / longest) as i32;
    let middle = y + ROW / 2 - 4;
    let label = |text: String, x, align| {
        Text::new(
            text,
            (x, middle),
            TextStyle::from((FONT, 15)).pos(Pos::new(align, VPos::Center)),
        )
    };
    canvas.draw(&label(peer.to_owned(), BARS.0 - 10, HPos::Right))?;
    canvas.draw(&Rectangle::new(
        [(BARS.0, y), (at(times.median), y + ROW - 8)],
        colour(peer).filled(),
    ))?;
    let range = [(at(times.min), middle), (at(times.max), middle)];
    canvas.draw(&PathElement::new(range, BLACK.stroke_width(2)))?;
    let numbers = times.show(|times| format!("{times:.2}"));
    canvas.draw(&label(numbers, at(times.max) + 10, HPos::Left))
}

/// Writes the picture that `fill` draws.
fn draw(
    name: &str,
    size: (u32, u32),
    places: &Places,
    fill: impl FnOnce(&Canvas<'_>) -> Drawn,
) -> Result<()> {
    fs::create_dir_all(&places.pictures).context("cannot make the folder for pictures")?;
    let path = places.pictures.join(format!("{name}.svg"));
    let canvas = SVGBackend::new(&path, size).into_drawing_area();
    let drawn = canvas
        .fill(&WHITE)
        .and_then(|()| fill(&canvas))
        .and_then(|()| canvas.present());
    drawn.with_context(|| format!("cannot draw {}", path.display()))
}

/// Each peer has one colour in all pictures.
fn colour(peer: &str) -> RGBColor {
    let position = PEERS
        .iter()
        .position(|other| other.name == peer)
        .unwrap_or_default();
    COLOURS
        .get(position % COLOURS.len())
        .copied()
        .unwrap_or(BLACK)
}

/// The ends of an axis that shows all of `values`.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, 0.0), |(low, high), value| {
        (low.min(value), high.max(value))
    })
}
