//! The columns whose value comes from the resource or the scope: interned once, repeated for each span.

use arrow::array::ArrayRef;
use arrow::error::ArrowError;
use model::attributes::RESOURCE_ATTRIBUTES;
use proto::otlp::{Resource, Scope};

use super::dictionary::{BinaryColumn, TextColumn};

/// The texts: one per [`RESOURCE_ATTRIBUTES`], then these.
const RESOURCE_SCHEMA_URL: usize = RESOURCE_ATTRIBUTES.len();
const SCOPE_NAME: usize = RESOURCE_SCHEMA_URL + 1;
const SCOPE_VERSION: usize = SCOPE_NAME + 1;
const SCOPE_SCHEMA_URL: usize = SCOPE_VERSION + 1;
const TEXTS: usize = SCOPE_SCHEMA_URL + 1;

#[derive(Debug)]
pub(super) struct EnvelopeColumns {
    texts: Vec<(TextColumn, Option<u32>)>,
    /// The `Resource` message, byte for byte.
    resource: (BinaryColumn, Option<u32>),
    /// The `InstrumentationScope` message, byte for byte.
    scope: (BinaryColumn, Option<u32>),
}

impl EnvelopeColumns {
    pub(super) fn new(rows: usize) -> Self {
        Self {
            texts: (0..TEXTS).map(|_| (TextColumn::new(rows), None)).collect(),
            resource: (BinaryColumn::new(rows), None),
            scope: (BinaryColumn::new(rows), None),
        }
    }

    /// The resource of the spans to come.
    pub(super) fn resource(&mut self, resource: &Resource<'_>) {
        for (index, hot) in RESOURCE_ATTRIBUTES.iter().enumerate() {
            self.set(index, resource.string(hot.key));
        }
        self.set(RESOURCE_SCHEMA_URL, non_empty(&resource.schema_url));
        self.resource.1 = message(&mut self.resource.0, &resource.wire);
    }

    /// The scope of the spans to come.
    pub(super) fn scope(&mut self, scope: &Scope<'_>) {
        self.set(SCOPE_NAME, non_empty(&scope.name));
        self.set(SCOPE_VERSION, non_empty(&scope.version));
        self.set(SCOPE_SCHEMA_URL, non_empty(&scope.schema_url));
        self.scope.1 = message(&mut self.scope.0, &scope.wire);
    }

    fn set(&mut self, index: usize, value: Option<&str>) {
        let (column, current) = &mut self.texts[index];
        *current = value.map(|value| column.intern(value));
    }

    pub(super) fn append_row(&mut self) {
        self.texts.iter_mut().for_each(|(column, current)| column.append_key(*current));
        for (column, current) in [&mut self.resource, &mut self.scope] {
            column.append_key(*current);
        }
    }

    /// The arrays in the order of the schema.
    pub(super) fn finish(self, rows: usize) -> Result<Vec<ArrayRef>, ArrowError> {
        let mut columns: Vec<ArrayRef> =
            self.texts.into_iter().map(|(column, _)| column.finish(rows)).collect::<Result<_, _>>()?;
        columns.insert(SCOPE_SCHEMA_URL, self.scope.0.finish(rows)?);
        columns.insert(RESOURCE_SCHEMA_URL, self.resource.0.finish(rows)?);
        Ok(columns)
    }
}

fn message(column: &mut BinaryColumn, wire: &[u8]) -> Option<u32> {
    (!wire.is_empty()).then(|| column.intern(wire))
}

fn non_empty(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}
