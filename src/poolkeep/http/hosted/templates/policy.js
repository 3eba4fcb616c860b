// The list of what a password must have, while it is typed.
// <ul data-watches="name of the field" data-kept="(met)" data-broken="(not met)"> with a <li> a
// rule: data-least="8", or data-of="characters of which one must be there", data-blank with it
// where a blank inside will do. Without this script the list is right after the form was sent.
(() => {
  const list = document.querySelector('[data-watches]');
  const field = list && document.getElementsByName(list.dataset.watches)[0];
  if (!field) return;
  const keeps = ({ least, of, blank }, text) => {
    if (least !== undefined) return [...text].length >= Number(least);
    if ([...text].some((one) => of.includes(one))) return true;
    return blank !== undefined && text.replace(/^ +| +$/g, '').includes(' ');
  };
  const look = () => {
    for (const rule of list.children) {
      const is = field.value !== '' && (keeps(rule.dataset, field.value) ? 'kept' : 'broken');
      rule.className = is === 'kept' ? 'valid passwordCheck-valid-customizable'
        : is ? 'invalid passwordCheck-notValid-customizable' : '';
      rule.querySelector('.hidden').textContent = is ? ` ${list.dataset[is]}` : '';
    }
  };
  field.addEventListener('input', look);
  if (field.value) look();
})();
