namespace Guildhall.Console;

/// <summary>Who may ask for a page, or send a form.</summary>
internal enum Access
{
    /// <summary>Whoever comes.</summary>
    Anyone,

    /// <summary>A user, also before it has chosen a project.</summary>
    SignedIn,

    /// <summary>A user in a project.</summary>
    Project,

    /// <summary>A user in a project who may change it: no reader.</summary>
    Change,

    /// <summary>An administrator of the operator's account, whatever project it is in.</summary>
    Operator,
}

/// <summary>A page or a form, and who may have it.</summary>
internal sealed record ConsoleRoute(Access Access, Func<ConsoleRequest, Task<IResult>> RunAsync)
{
    /// <summary>A form that changes what is there already: it is done while that is as its page showed it.</summary>
    public ConsoleRoute(Access access, Thing changes, Func<ConsoleRequest, Task<IResult>> runAsync)
        : this(access, runAsync) => Changes = changes;

    /// <summary>Null for a page, and for a form that makes something new, or is about the session alone.</summary>
    public Thing? Changes { get; }
}
