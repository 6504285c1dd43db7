"""Models: the fraud trees and the micro-loan scorecard, their training, export, gates and registry."""
