"""What a builder decides, asked of the builder: building, rendering, the record of the last build."""
