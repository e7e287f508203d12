/** What the chatting bots talk about, room by room, each line by somebody else than the one before. */
export const smallTalk: Readonly<Record<string, readonly string[]>> = {
  lobby: [
    "Good morning! Is the kettle on?",
    "It is. Green or black?",
    "Black, please. How was the weekend?",
    "I walked to the lighthouse and back. Windy, and lovely.",
    "The one with the red door? I have a picture of it somewhere.",
    "That one. The keeper's cat says hello.",
    "Best cat on the coast.",
    "Has anybody seen my umbrella?",
    "The yellow one? By the window, drying.",
    "You are a treasure.",
    "There is cake left, by the way.",
    "Was left. Sorry. It was very good cake.",
    "Then somebody has to bake another one.",
    "I vote for lemon.",
  ],
  games: [
    "Anyone up for a round in the arena?",
    "Already flying. Those three-point coins go fast.",
    "My ship goes in circles. Is it the steering or me?",
    "Aim at the nearest coin and do not think twice.",
    "That works surprisingly well.",
    "What do we play on Friday?",
    "Something with trains, for once.",
    "Trains it is. I bring the big table.",
    "I still want a rematch at backgammon.",
    "Any time. Bring your lucky dice.",
    "They have not been lucky since March.",
    "All the better for me.",
  ],
  music: [
    "What is everybody listening to?",
    "An old cello record. Rain on the roof fits well.",
    "I am on my third cup and second symphony.",
    "Which one?",
    "Sibelius. The one that ends like a door opening.",
    "Good choice for a Monday.",
    "I finally learned the bridge of that song.",
    "Record it for us!",
    "When the neighbours are out.",
    "Your neighbours are lucky and do not know it.",
  ],
};

/** What a bot says to a person who came in. */
export const greetings = [
  "Hello {name}, nice to see you!",
  "Welcome, {name}. Make yourself at home.",
  "Hi {name}! We were just talking.",
] as const;

/** What a bot says to a person who said something. */
export const replies = [
  "Well said, {name}.",
  "I was thinking the same, {name}.",
  "Tell us more, {name}!",
  "Ha! That made my day, {name}.",
  "Good point, {name}. Try /cut and keep talking: you will miss nothing.",
] as const;
