"""Values to text: what people and programs see. Pure, but for the live block on a terminal."""
