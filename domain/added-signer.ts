/** 加签: a member of staff whose signature somebody asks for at a task, beside those that the policy asks. */

/** When they are asked: the task waits for them, or they are asked once it is signed. */
export const addedPlaces = ['before', 'after'] as const;
export type AddedPlace = (typeof addedPlaces)[number];

/** Of one task, at a time. */
export const mostAddedSigners = 3;

/** Whose turn a signature that was added is. */
export interface AddedTo {
  /** The task that somebody added them to. */
  to: string;
  place: AddedPlace;
  /** The request that did. */
  request: string;
}
