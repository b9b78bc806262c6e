// What stands where an answer is still to come.

export function Waiting({ what = 'Loading …' }: { readonly what?: string }) {
  return (
    <p role="status" className="py-8 text-center text-soft">
      {what}
    </p>
  );
}
