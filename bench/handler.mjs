// The same function under the clients for Node.
export const nothing = async (event) => {
  const began = performance.now();
  event.response.own_us = (performance.now() - began) * 1000;
  return event;
};
