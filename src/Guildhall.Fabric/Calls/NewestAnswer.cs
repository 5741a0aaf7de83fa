using System.Collections.Immutable;

namespace Guildhall.Fabric;

/// <summary>Asks several nodes for a channel's configuration, all at once: the newest that can be believed counts, and none that is older than the known one.</summary>
/// <remarks>A node that is cut off answers like any other, with what it last heard of.</remarks>
/// <param name="nodes">How they are called, in the plural.</param>
/// <param name="clock">By it those are waited for that have not answered when enough have.</param>
/// <param name="known">Seen before; null where nothing was.</param>
/// <param name="read">What one node shows. It need not judge what is older than the known one.</param>
internal sealed class NewestAnswer(
    string nodes, string channel, ChannelConfiguration? known, TimeProvider clock, Func<GrpcConnection, CancellationToken, Task<ChannelConfiguration>> read)
{
    /// <summary>A network has three to seven orderers. Of more, the next are asked where these cannot tell.</summary>
    private const int AskedAtOnce = 7;

    /// <summary>How long the others have when more than half have answered: those may be the ones that are behind, where a service names only some of the orderers.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    /// <returns>The newest configuration; and the nodes, those first that have shown the newest.</returns>
    /// <exception cref="FabricException">None can be believed; where one or more are behind, it says so (<see cref="FabricErrorKind.Behind"/>).</exception>
    public async Task<(ChannelConfiguration Newest, ImmutableArray<GrpcConnection> Order)> AskAsync(ImmutableArray<GrpcConnection> all, CancellationToken cancellationToken)
    {
        var answers = new List<Answer>();
        foreach (var some in all.Chunk(AskedAtOnce))
        {
            answers.AddRange(await AskSomeAsync(some, cancellationToken));
            if (answers.Where(IsNewEnough).MaxBy(answer => answer.Shown!.Block) is { Shown: { } newest })
            {
                return (newest, [.. all.OrderByDescending(node => answers.Find(answer => answer.Node == node)?.Shown?.Block)]);
            }
        }

        throw WhyNot(answers, all.Length);
    }

    /// <summary>Until more than half have shown something new enough: what the ordering service has agreed on, more than half of it knows. A node that hangs is waited for only where it matters.</summary>
    private async Task<List<Answer>> AskSomeAsync(GrpcConnection[] some, CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var asked = some.Select(node => AskOneAsync(node, enough.Token)).ToList();
        var answers = new List<Answer>();
        while (asked.Count > 0 && answers.Count(IsNewEnough) <= some.Length / 2)
        {
            var answered = await Task.WhenAny(asked);
            asked.Remove(answered);
            answers.Add(await answered);
        }

        if (asked.Count > 0)
        {
            await Task.WhenAny(Task.WhenAll(asked), Task.Delay(Grace, clock, cancellationToken));
        }

        await enough.CancelAsync();
        answers.AddRange(await Task.WhenAll(asked));
        for (var i = 0; i < answers.Count; i++)
        {
            if (some.Length > 1 && answers[i].Trouble?.Kind == FabricErrorKind.Crowded)
            {
                answers[i] = await AskOneAsync(answers[i].Node, cancellationToken); // the others were in its way, and have been read
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        return answers;
    }

    private async Task<Answer> AskOneAsync(GrpcConnection node, CancellationToken cancellationToken)
    {
        try
        {
            return new Answer(node, await read(node, cancellationToken), null);
        }
        catch (FabricException trouble)
        {
            return new Answer(node, null, trouble);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new Answer(node, null, null);
        }
    }

    private bool IsNewEnough(Answer answer) => answer.Shown is { } shown && !(shown.Block < known?.Block);

    private FabricException WhyNot(List<Answer> answers, int count)
    {
        var behind = answers.FindAll(answer => answer.Shown is not null);
        var trouble = answers.Select(answer => answer.Trouble).OfType<FabricException>().Aggregate((FabricException?)null, Attempts.Telling);
        if (behind.Count == 0)
        {
            return trouble!;
        }

        var shown = string.Join(" and ", behind.Select(answer => answer.Shown!.Sequence).Distinct().Order());
        var (are, show) = behind.Count == 1 ? ("is", "it shows") : ("are", "they show");
        var others = trouble is null ? "" : $" Of the others it is known: {trouble.Message}";
        return new FabricException(
            FabricStep.ReadConfiguration, FabricErrorKind.Behind,
            $"{behind.Count} of {count} {nodes} of channel {channel} {are} behind: {show} configuration {shown}, and {known!.Sequence} was seen.{others}");
    }

    private sealed record Answer(GrpcConnection Node, ChannelConfiguration? Shown, FabricException? Trouble);
}
