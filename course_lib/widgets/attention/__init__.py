"""The message attention explorer: a pure model, drawings, and the widget that shows them."""
