"""What the figures of the lessons show, in words, for readers who cannot see them.

One table a lesson, by a name for the figure: ``show(figure, alt=figure_texts.L05["chase"])``. A
lesson that has a module of its own may keep its texts there.
"""

L04 = {
    "start": (
        "Network map at the start: eight zones with servers and user hosts. Restricted A and B, "
        "the contractor network and the public access zone hang on the internet; the "
        "operational zones lie behind the restricted ones, office and administration behind "
        "public access. One contractor host is in red's hands, every other host is clean."
    ),
    "unseen": (
        "Share of infections without any event on the host so far, against the time since then: "
        "it starts near 40 percent, falls slowly and is above 5 percent after 200 ticks."
    ),
    "nuisances": (
        "Change of score with 95 percent interval for seven conditions. Lost messages and "
        "announced missing servers change next to nothing; lost observations and false alarms "
        "cost some; late actions and flipped bits cost hundreds of points; servers that "
        "silently cannot be reached cost most by far."
    ),
}

L05 = {
    "two editors": (
        "Payoff of the greedy joint action during training, mean and 95 % band over 100 runs. "
        "The joint-action learner is at 11 points, the best value, almost from the start. The "
        "independent learners settle at 5 points."
    ),
    "exploring group": (
        "Mean payoff per step against the number of editors, for three exploration rates. "
        "Without exploration it stays at 11. With epsilon 0.05 it falls steadily with each "
        "editor, with 0.2 it falls steeply and becomes negative."
    ),
    "chase": (
        "Greedy choices of two sensors over 300 plays of one run, two step lines between mail "
        "and web. The second sensor changes some time after the first, then the first changes "
        "again, and so on."
    ),
}

L06 = {
    "leniency": (
        "Share of bad news that a lenient learner ignores, against the uses of the action, for "
        "four coolings. All start at 100 percent. Cooling 0.9985 falls to half after about "
        "2,800 uses, 0.9996 after about 10,700, 0.9997 after about 14,300; 0.9999 still ignores "
        "nearly everything at 30,000 uses."
    ),
    "joint table": (
        "Share of joint-action learners that found the one good joint action, against the "
        "number of agents: nearly all up to four agents, about 80 percent with five, 40 with "
        "six, 15 with seven; counts agree with the prediction."
    ),
    "two zones": (
        "Points per episode of 48 teams for seven defenders. The five learning methods lie "
        "between about minus 850 and minus 600 with wide, overlapping intervals, single teams "
        "from near zero to below minus 2,000. The rule lies near minus 83 with hardly any "
        "spread, sleep near minus 2,500."
    ),
}

L07 = {
    "places": (
        "Points per episode of six learners, on the episodes they were trained on and on "
        "held-out ones. For every learner the marks of both kinds overlap, nearly all between "
        "minus 100 and minus 350."
    ),
    "sum": (
        "Two tables of nine numbers. Left the payoffs: 8 for (a, a), minus 12 for one a, else "
        "0. Right what VDN says: minus 6.2 for (a, a), minus 4.9 for one a, minus 3.6 for the "
        "rest, one of which is framed as the agents' choice."
    ),
    "factored": (
        "Five tables of nine numbers: the payoffs 8, -12 and 0; VDN with -6.2, -4.9 and -3.6; "
        "QMIX with -8 wherever an agent does a, else 0; weighted QMIX with 8 for (a, a) and -6 "
        "elsewhere; QTRAN equal to the payoffs."
    ),
    "learners": (
        "Points per episode against team decisions, two panels with different scales. Actors and "
        "critics: all three rise from about minus 380 to between minus 100 and minus 200, MAPPO "
        "ahead. Factored values: single seeds, as thin lines, jump between minus 100 and far "
        "below minus 1,000; their means end between minus 300 and minus 860. No mean reaches the "
        "rule at minus 82."
    ),
}

L08 = {
    "riddle": (
        "Share of the ceiling against updates, mean of five teams with a 95 percent band, for "
        "DIAL and RIAL, with a line at the ceiling and a dotted line at the best rule that does "
        "not look at the switch."
    ),
    "controls": (
        "Share of the ceiling after training, mean of five teams with 95 percent interval, for "
        "DIAL and RIAL, with messages open, muted, shuffled, and from a foreign speaker. The "
        "dotted line is the best rule without the switch."
    ),
    "crew": (
        "Points lost per episode on a logarithmic scale, mean of five runs with 95 percent "
        "interval, for a predefined and a learned code, with messages open, muted, shuffled, and "
        "from another run. The dotted line is the crew that goes round in turn and hears "
        "nothing."
    ),
    "bits": (
        "Two tables of information in bits above what chance gives: rows are the eight bits and "
        "the whole word, columns the level of the zone, suspicious hosts, which zone it is, and "
        "the phase. Left the predefined code, right the learned code of one team."
    ),
    "spoofer": (
        "Points per episode against the share of flipped bits, from 0 to 30 percent, mean of "
        "five runs with a 95 percent band, for the predefined and the learned code, a learned "
        "code trained with flips, and two facts sent four times. A dotted line shows the crew "
        "that goes round in turn."
    ),
    "words": (
        "Share of alerts understood in full, mean of ten pairs with 95 percent interval: known "
        "alerts, alerts kept back from training, and a foreign speaker's words, for a "
        "predefined code with parts, one without, a learned code, and a learned code whose "
        "listener is replaced again and again."
    ),
}

L09 = {
    "true model": (
        "Bars: true chance that each host is infected in the next tick when only the gateway "
        "has the worm: 100 percent for the gateway, about 80 for core switch, web and mail, "
        "nearly 0 for the others. Dots: the four networks of the model, too low for the "
        "gateway's neighbours, about half for the core switch, and apart by up to some fifteen "
        "points."
    ),
    "spread": (
        "Chance that each of eight hosts is infected over 20 ticks without any cleaning, dark "
        "where infected. In the real network the gateway darkens first, then its neighbours, "
        "the laptops last. The learned model shows nearly the same picture; the untrained one "
        "shows the same grey everywhere from the first tick on."
    ),
    "compounding": (
        "Two panels, error of a host's chance against the length of a rollout from 1 to 20 "
        "steps, with bands over five seeds. Left, an operator who does anything: the learned "
        "models fall from 12 to 20 percent at one step to 2 or 3 at twenty. Right, the best "
        "policy: they rise from 7 to 18 percent at one step to between 30 and 46 at twenty. The "
        "perfect model stays near 1 or 2, the untrained one near 40."
    ),
    "branches": (
        "Worth of the greedy policy against real ticks, from 100 to 2,000, with bands over five "
        "seeds, for six learners. Model-free Q-learning stays near minus 350 and so does the "
        "learner with a random model. With a learned model the curves rise; those with branches "
        "of 5 and 20 steps come near the best possible minus 47 at 2,000 ticks, the one with "
        "branches of one step only to about minus 150. The perfect model begins higher and ends "
        "at the same height."
    ),
    "dreams": (
        "Points in 30 ticks against real ticks, at 500, 1,000 and 2,000, with bands over five "
        "seeds. The agent with a learned world model rises from about minus 95 to minus 58, "
        "above the lines of both rules at minus 81 and minus 71. The one with an untrained "
        "world model stays near minus 137 with a wide band."
    ),
    "tables": (
        "Extra surprise in bits a tick against the number of hosts. The joint table is as good "
        "as any for two hosts and by far the worst from five hosts on. The model of each host "
        "alone loses some tenths of a bit at every size, more with more hosts. The model with "
        "neighbours stays near zero throughout."
    ),
    "gains": (
        "Gain of seven actions of the headquarters defender over the expert's Restore, each "
        "with a short paired and a long unpaired interval. The paired ones are a few tenths of "
        "a point wide; all the means lie between 0 and minus 0.7 points. The unpaired ones "
        "reach from about minus 4 to plus 3 and say nothing."
    ),
}

L11 = {
    "doctrine weight": (
        "Points lost, to a logarithmic scale, by the doctrine's weight w, for three untrained "
        "networks, which lie side by side at the same heights. At w = 0 the team loses about "
        "4,700 points, at 0.5 about 1,800, at 0.9 440, at 1 110."
    ),
}

L12 = {
    "farmer": (
        "Left: the local pay of the agent that is paid local rewards rises steadily. Right: its "
        "official score does not improve, while that of the agent paid the official reward "
        "climbs."
    ),
}

L15 = {
    "two engines": (
        "Official scores of single episodes as dots, one row for each team and engine, with the "
        "mean and its 95 percent interval. The flat team lies near minus 540 on both engines, "
        "the hierarchies between minus 100 and minus 200 with a tail of bad episodes to the "
        "left, the expert near minus 100; for each team the intervals of the two rows overlap."
    ),
}

L16 = {
    "heterogeneous": (
        "Official score of six arms, seeds as dots, means with intervals. Units all alike and "
        "units without traffic actions lie close to zero, as do the rules with all actions; "
        "without Restore in two zones team and rules both lose thousands of points, and the team "
        "that is refused loses most."
    ),
    "scale": (
        "Points lost per zone and tick for seven arms, seeds as dots, means with intervals. Paid "
        "by their own zone, the three sizes lie together near 0.13; paid by the mean of all zones "
        "the loss grows with the number of zones, and four times the learning takes away most of "
        "it."
    ),
    "owners": (
        "Points lost by all owners per tick for five arms, seeds as dots, means with intervals. "
        "Selfish owners lie far to the right, most of the way to what is lost if nobody cleans; "
        "team-paid and liable owners lie at the best, and so do both arms without neighbours."
    ),
}
