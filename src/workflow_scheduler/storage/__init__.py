"""All SQL: the tables, their migrations, and one module per kind of record."""
