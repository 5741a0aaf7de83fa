using Guildhall.Memberships;

namespace Guildhall.Console;

/// <summary>A refusal as a person reads it: what is wrong in the page's language, and what is particular to this case as the API says it.</summary>
internal static class Problem
{
    public static string Title(ConsoleRequest request, Refusal refusal) => request.T(BaseOf(refusal));

    /// <summary>What is particular to this case; null when there is nothing.</summary>
    public static string? Reason(Refusal refusal)
    {
        var message = BaseOf(refusal);
        return refusal.Message.Length > message.Length + 2 ? refusal.Message[(message.Length + 2)..] : null;
    }

    /// <summary>The sentence that all refusals of the kind begin with.</summary>
    private static string BaseOf(Refusal refusal) =>
        Refusal.All.FirstOrDefault(one => one.Rank == refusal.Rank)?.Message
        ?? refusal.Message.Split(": ")[0];
}
