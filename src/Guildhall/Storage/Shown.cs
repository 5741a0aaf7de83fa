using Guildhall.Memberships;

namespace Guildhall.Storage;

/// <summary>The thing that a form changes, as the page showed it that the form was on. Where it is another now, nothing is done.</summary>
/// <param name="Version">What told the thing from any other state of it.</param>
/// <param name="FindVersionAsync">The same of the thing as it is now, within the transaction that changes it; null where it is gone.</param>
public sealed record Shown(string Version, Func<Transaction, CancellationToken, Task<string?>> FindVersionAsync)
{
    public static readonly Refusal Changed = new(
        409, "CONSOLE.4090002", "What the page showed has changed meanwhile", Rank: int.MaxValue,
        "Nothing was done. The page shows what is so now; send the form again if it is still what you want.");

    /// <summary>Why the form is not done; null where the thing is still as it was shown.</summary>
    internal async Task<Refusal?> WhyNotAsync(Transaction transaction, CancellationToken cancellationToken) =>
        await FindVersionAsync(transaction, cancellationToken) == Version ? null : Changed;
}

/// <summary>A form that a user sent, for what belongs to no project: users, accounts and keys. It is done once.</summary>
public sealed record SentForm(string AccountId, string UserId, KeyedRequest Request)
{
    /// <summary>Where what was done the first time is shown once only, as a secret is.</summary>
    public static readonly Refusal Used = new(
        409, "CONSOLE.4090001", "The form was sent already", Rank: int.MaxValue, "Nothing was done again. Fill in the form anew if you want another one.");
}
