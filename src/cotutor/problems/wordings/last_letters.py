"""Questions for last letters; {spaced}, {commas} and {listed} stand for the words."""

from cotutor.problems.family import Wording

TELLINGS: dict[Wording, tuple[str, ...]] = {
    "usual": (
        'Take the last letters of the words in "{spaced}" and concatenate them.',
        'Take the last letter of each word in "{spaced}" and join them in order.',
        'Concatenate the last letters of the words in "{spaced}".',
        'What do the last letters of the words in "{spaced}" spell?',
        'Which string do you get from the last letters of "{spaced}"?',
        "Join the final letters of these names in order: {commas}.",
        "Write down the last letter of each of these names, in order, as one string: {commas}.",
        "Here are some names: {commas}. Put their last letters together in the same order.",
        "What do you get when you join the last letters of {listed}?",
        "{listed} stand in a row. Read off the last letter of each name. What does that spell?",
        "Someone writes down only the last letter of each of the names {listed}."
        " What is written down?",
        "A code is made of the last letters of {listed}, in this order. What is the code?",
    ),
    "reserved": (
        'From each word of "{spaced}", keep the last letter only. Which string remains?',
        'The words "{spaced}" all end in some letter. Write these letters side by side.',
        "Form a string out of the letters that end {listed}, one after the other.",
        "Word by word, note the ending letter: {commas}. Which string comes out?",
        "Remove everything but the final letters of {listed}. What is left?",
    ),
}
