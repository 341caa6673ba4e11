/** Where functions, adapters and the edges of activities read the time; the law gets it as an argument (design §4). */
export interface Clock {
  nowMs(): number;
}
