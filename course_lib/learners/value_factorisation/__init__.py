"""Joint values made of one value per agent: sums (VDN), monotone mixers (QMIX and its weighted
form), and a joint value beside the sum (QTRAN)."""
