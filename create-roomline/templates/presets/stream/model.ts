/**
 * What answers: it gives a text piece by piece. Put the stream of your model in its place; what it throws ends the answer as
 * failed. `wait` is the room's clock, which tests can move.
 */
export type Model = (
  question: string,
  wait: (ms: number) => Promise<void>,
) => AsyncIterable<string>;

const betweenMs = 40;

/** Needs no network, and takes its time. */
export const talkativeModel: Model = async function* (question, wait) {
  for (const word of answerTo(question).split(/(?<= )/)) {
    await wait(betweenMs);
    yield word;
  }
};

function answerTo(question: string): string {
  return (
    `You asked: “${question}” This answer is long on purpose, and it is made up on the server, a word at a time. ` +
    "While it comes, reload the page. The answer goes on meanwhile, for it belongs to the room and not to your " +
    "connection, and when you are back you get all of it, from the first word, and then the rest as it comes. " +
    "Open the same address in a second tab, and it follows word for word. Pull the plug of your network, and put it " +
    "back: the page goes on at the very word at which it was cut, with nothing lost and nothing doubled, which it " +
    "checks by the numbers that the words have. " +
    "Each word is an event in the log of the room. An event has a number, a reader is a position in the log, and " +
    "to come back is to say where one was. So a reader who is slow, asleep or in a tunnel costs the server a number, " +
    "and not a queue. When the answer is over, its text becomes a row of the state, which whoever comes later is " +
    "given whole. And that is all there is to it: a room, a contract, and a page of some eighty lines. To have it " +
    "say something better, put your own model into model.ts."
  );
}
