"""Models: the fraud trees and the scorecards of loans, their training, export, gates and registry."""
