"""Spreadsheets of grants: read, understood column by column, and judged row by row, before anything is recorded."""
