using Guildhall.Fabric;
using Guildhall.Memberships;
using Guildhall.Networks;

namespace Guildhall.Console.Shared;

/// <summary>What an answer or a quit would cause on its channel, as far as it can be told now.</summary>
/// <param name="Words">What it does and brings about, a sentence each.</param>
/// <param name="Findings">What speaks against it.</param>
/// <param name="Needed">Who has to sign; null where nothing is left to do.</param>
/// <param name="Unknown">Why it cannot be told; null when it can.</param>
public sealed record Foreseen(IReadOnlyList<string> Words, IReadOnlyList<Finding> Findings, MissingSignatures? Needed, Refusal? Unknown)
{
    /// <summary>Null where the server changes no channel.</summary>
    /// <param name="agreement">With what would be agreed; null for a quit.</param>
    internal static async Task<Foreseen?> OfAsync(ConsoleRequest request, string membershipId, Agreement? agreement)
    {
        if (!request.Get<NetworkSettings>().ChangesChannels)
        {
            return null;
        }

        var shown = await request.Get<ChannelPreviews>().ShowAsync(request.Caller, membershipId, agreement, request.Looks, request.Aborted);
        if (!shown.IsRefused(out var refusal, out var preview))
        {
            return new Foreseen(preview.Words, preview.Findings, preview.Needed, null);
        }

        return new Foreseen([], [], null, refusal);
    }
}
