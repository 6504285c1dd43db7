"""The paper trading system: a simulated market, traders who act on it and copy each other, and its live quotes."""
