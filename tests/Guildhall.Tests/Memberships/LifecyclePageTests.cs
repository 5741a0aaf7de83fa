using System.Text;
using Guildhall.Memberships;

namespace Guildhall.Tests.Memberships;

public sealed class LifecyclePageTests
{
    private const string PagePath = "docs/lifecycle.md";

    private static readonly MembershipState[] States = Enum.GetValues<MembershipState>();
    private static readonly MembershipAction[] Actions = Enum.GetValues<MembershipAction>();

    [Fact]
    public void The_diagram_and_the_table_are_what_the_code_does() => Repository.AssertCurrent(
        PagePath, Replace(Replace(Repository.Read(PagePath), "diagram", Diagram()), "table", Table()));

    [Fact]
    public void The_page_names_every_state_and_every_action_by_its_words()
    {
        var page = Repository.Read(PagePath);

        Assert.All(States, state => Assert.Contains($"| **{state}** | `{state.ToWire()}` |", page, StringComparison.Ordinal));
        Assert.All(Actions, action => Assert.Contains($"| **{action}** |", page, StringComparison.Ordinal));
    }

    /// <summary>Puts the text between the page's two marks of that name.</summary>
    private static string Replace(string page, string name, string text)
    {
        var (begin, end) = ($"<!-- {name}: written by a test -->\n", $"<!-- end of {name} -->");
        var (from, to) = (page.IndexOf(begin, StringComparison.Ordinal), page.IndexOf(end, StringComparison.Ordinal));
        Assert.True(from >= 0 && to > from, $"{PagePath} has lost the marks around its {name}.");
        return page[..(from + begin.Length)] + text + page[to..];
    }

    private static string Diagram()
    {
        var edges =
            from state in States
            from action in Actions
            let next = TryNext(state, action)
            where next is { State: { } reached } && reached != state
            group action by (From: state, To: next.Value.State!.Value);
        var diagram = new StringBuilder("```mermaid\nstateDiagram-v2\n    [*] --> Waiting: invited\n");
        foreach (var edge in edges)
        {
            diagram.Append($"    {edge.Key.From} --> {edge.Key.To}: {string.Join(", ", edge)}\n");
        }

        foreach (var end in States.Where(state => Actions.All(action => TryNext(state, action) is not { State: { } reached } || reached == state)))
        {
            diagram.Append($"    {end} --> [*]\n");
        }

        return diagram.Append("```\n").ToString();
    }

    private static string Table()
    {
        var table = new StringBuilder($"| | {string.Join(" | ", Actions)} |\n|---|{string.Concat(Actions.Select(_ => "---|"))}\n");
        foreach (var state in States)
        {
            table.Append($"| **{state}** | {string.Join(" | ", Actions.Select(action => Cell(state, action)))} |\n");
        }

        return table.ToString();
    }

    private static string Cell(MembershipState state, MembershipAction action) => TryNext(state, action) switch
    {
        null => "never",
        { Refused: { } refusal } => $"*{NameOf(refusal)}*",
        { State: { } next } when next == state => "stays",
        { State: { } next } => $"**{next}**",
        _ => throw new InvalidOperationException(),
    };

    /// <summary>Where the action leads; null when only a bug of ours could ask for it.</summary>
    private static (MembershipState? State, Refusal? Refused)? TryNext(MembershipState state, MembershipAction action)
    {
        try
        {
            return state.Next(action).IsRefused(out var refusal, out var next) ? (null, refusal) : (next, null);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string NameOf(Refusal refusal) =>
        typeof(Refusal).GetFields().Single(field => field.IsStatic && ReferenceEquals(field.GetValue(null), refusal)).Name;
}
