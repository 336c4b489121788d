//! The table: which right a call needs on which object.

use rsm::model::AccessModel;

/// What a row asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    Nothing,
    /// These bits on the object's list.
    Rights(u32),
    /// To be an administrator.
    Privilege,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub function: String,
    pub object: String,
    columns: [String; 2],
}

/// The rows in their order.
pub fn rows() -> Vec<Row> {
    let text = include_str!("../data/security.csv");
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("function,object,required_right,xp_right"));
    lines.map(row).collect()
}

fn row(line: &str) -> Row {
    let (function, rest) = line.split_once(',').expect("a function");
    // An object may be in quotation marks, for it may hold a comma.
    let (object, rest) = match rest.strip_prefix('"') {
        Some(rest) => rest.split_once("\",").expect("an object"),
        None => rest.split_once(',').expect("an object"),
    };
    let (server_2003, windows_xp) = rest.split_once(',').expect("two rights");
    let columns = [server_2003.to_owned(), windows_xp.to_owned()];
    Row { function: function.to_owned(), object: object.to_owned(), columns }
}

pub fn functions() -> Vec<String> {
    let mut functions: Vec<String> = rows().into_iter().map(|row| row.function).collect();
    functions.dedup();
    functions
}

impl Row {
    /// What the row asks for on an object, which may be a free pool.
    pub fn need(&self, model: AccessModel, is_free_pool: bool) -> Need {
        let column = match model {
            AccessModel::Server2003 => &self.columns[0],
            AccessModel::WindowsXp => &self.columns[1],
        };
        let (usual, of_free_pool) = match column.split_once(" (") {
            Some((usual, rest)) => (usual, rest.strip_suffix(" when free pool)")),
            None => (column.as_str(), None),
        };
        match if is_free_pool { of_free_pool.unwrap_or(usual) } else { usual } {
            "none" => Need::Nothing,
            "USE" => Need::Rights(1),
            "MODIFY" => Need::Rights(2),
            "CONTROL" => Need::Rights(4),
            "USE+MODIFY" => Need::Rights(3),
            "READ_CONTROL" => Need::Rights(0x20000),
            "WRITE_DAC or owner" => Need::Rights(0x40000),
            "ACCESS_SYSTEM_SECURITY privilege" => Need::Privilege,
            other => panic!("{}: {other}", self.function),
        }
    }
}
